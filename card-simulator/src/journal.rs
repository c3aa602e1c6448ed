//! What the simulator reports: one JSON object a line, never the body of an APDU.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// Where events go; its clones write to the same place.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Box<dyn Write + Send>>>);

impl Journal {
    /// Writes events to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(out))))
    }

    /// Writes one event: its name under `event`, beside the fields of `details` (an object).
    pub fn event(&self, name: &str, details: Value) {
        let mut event = json!({ "event": name });
        if let (Value::Object(event), Value::Object(details)) = (&mut event, details) {
            event.extend(details);
        }
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody listens any more: the command channel ends as well, and that ends the program.
        let _ = writeln!(out, "{event}").and_then(|()| out.flush());
    }
}
