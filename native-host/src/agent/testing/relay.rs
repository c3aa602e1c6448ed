use std::{
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use wardkey_agent_link::{Connection, Pulse};
use wardkey_protocol::{Base64, version::VersionRange};

/// The extension's end of a relay, with one page's port open.
pub struct SoftRelay {
    connection: Connection,
    frames: Receiver<Value>,
}

impl SoftRelay {
    /// Greets the agent and opens the port of a page of this origin.
    pub fn new(connection: Connection, origin: &str) -> Self {
        let mut receiving = connection.try_clone().unwrap();
        let (sender, frames) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(Some(frame)) = receiving.receive() {
                // As a relay does: the agent's pulse goes to no extension.
                if Pulse::of(&frame).is_some() {
                    continue;
                }
                if sender.send(serde_json::from_slice(&frame).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut relay = Self { connection, frames };
        relay.send(&json!({"hello": {"versions": VersionRange::OURS, "extension": "0"}}));
        let context = json!({
            "origin": origin, "topOrigin": origin, "top": true, "document": "document"
        });
        relay.send(&json!({"open": {"port": PORT, "context": context}}));
        assert!(relay.frames.recv_timeout(PATIENCE).unwrap().get("welcome").is_some());
        relay
    }

    /// The page sends a message, after a click.
    pub fn post(&mut self, frame: &Value) {
        let message = json!({"port": PORT, "activation": true, "frame": frame});
        self.send(&json!({"message": message}));
    }

    /// The page sends a chunk.
    pub fn chunk(&mut self, call: u32, document: &str, number: u32, octets: &[u8]) {
        let octets = Base64(octets.to_vec());
        let piece = json!({"document": document, "number": number, "octets": octets});
        self.post(&json!({"id": call, "chunk": piece}));
    }

    /// The next message to the page.
    pub fn next(&self) -> Value {
        self.frames.recv_timeout(PATIENCE).unwrap()["message"]["frame"].clone()
    }

    /// The next message that ends a call: which call, and the code of its error or `ok`.
    pub fn end(&self) -> (u64, Value) {
        loop {
            let frame = self.next();
            if frame.get("ok").is_some() || frame.get("error").is_some() {
                return (frame["id"].as_u64().unwrap_or_default(), frame);
            }
        }
    }

    /// The document goes.
    pub fn close(&mut self) {
        self.send(&json!({"close": {"port": PORT}}));
    }

    fn send(&mut self, message: &Value) {
        self.connection.send(message.to_string().as_bytes()).unwrap();
    }
}

impl Drop for SoftRelay {
    fn drop(&mut self) {
        self.connection.shut_down();
    }
}

const PORT: u32 = 1;
const PATIENCE: Duration = Duration::from_secs(20);
