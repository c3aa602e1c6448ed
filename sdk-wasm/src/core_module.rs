//! `core.wasm`: the client for TypeScript. No logic.

use serde::Serialize;
use serde_json::Value;
use wardkey_protocol::{
    ErrorCode,
    envelope::CloseCause,
    limits::{CHUNK, MAX_INLINE},
    version::VersionRange,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::client::{Client, Trouble};

/// One page's client. Messages are JSON texts; what is thrown is the JSON text of a trouble.
#[wasm_bindgen]
#[derive(Default)]
pub struct Core {
    client: Client,
}

#[wasm_bindgen]
impl Core {
    /// A client without a port.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A port was opened, and this was the first message on it.
    ///
    /// # Errors
    ///
    /// Why the port is of no use.
    pub fn opened(&mut self, greeting: &str) -> Result<(), String> {
        self.client.opened(read(greeting)).map_err(|trouble| text(&trouble))
    }

    /// The frame of a request; it holds the call's id.
    ///
    /// # Errors
    ///
    /// What is wrong with the command's arguments.
    pub fn request(&mut self, command: &str, args: &str) -> Result<String, String> {
        let sent = self.client.request(command, read(args));
        sent.map(|sent| sent.frame).map_err(|trouble| text(&trouble))
    }

    /// The frame that gives a call up, if it is under way.
    pub fn cancel(&mut self, id: u32) -> Option<String> {
        self.client.cancel(id)
    }

    /// What a message of the port means: an array of outcomes.
    pub fn receive(&mut self, message: &str) -> String {
        text(&self.client.receive(read(message)))
    }

    /// The page was put away: the outcomes of what was under way.
    #[wasm_bindgen(js_name = pageHidden)]
    pub fn page_hidden(&mut self) -> String {
        text(&self.client.closed(CloseCause::PageHidden))
    }

    /// Whether events come.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn subscribed(&self) -> bool {
        self.client.is_subscribed()
    }
}

/// A fault as the page gets it, party included.
#[wasm_bindgen]
#[must_use]
pub fn trouble(fault: &str) -> String {
    text(&Trouble::read(&read(fault)))
}

/// The protocol versions that this module speaks.
#[wasm_bindgen]
#[must_use]
pub fn versions() -> String {
    text(&VersionRange::OURS)
}

/// How documents travel, in bytes: `inline` is the most that stands in one request, `chunk` how
/// large the pieces are of what is beyond it.
#[wasm_bindgen]
#[must_use]
pub fn limits() -> String {
    text(&serde_json::json!({ "chunk": CHUNK, "inline": MAX_INLINE }))
}

/// Every error code that this module knows.
#[wasm_bindgen]
#[must_use]
pub fn codes() -> String {
    text(&ErrorCode::ALL)
}

/// Whatever is no JSON is nothing that the client knows.
fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
