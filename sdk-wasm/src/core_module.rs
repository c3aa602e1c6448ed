//! `core.wasm`: the client for TypeScript. No logic.

use wardkey_protocol::{
    envelope::CloseCause,
    limits::{CHUNK, CHUNKS_UNASKED, MAX_INLINE},
    version::VersionRange,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    client::{Client, Outcome, Plain, Trouble},
    page_json::{object, set},
};

/// One page's client. Messages are objects; what is thrown is a trouble.
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
    pub fn opened(&mut self, greeting: &JsValue) -> Result<(), JsValue> {
        self.client.opened(greeting).map_err(|error| trouble_of(&error))
    }

    /// The frame of a request, which holds the call's id; the arguments are `octets` long as JSON.
    ///
    /// # Errors
    ///
    /// Why nothing may be sent.
    pub fn request(
        &mut self,
        command: &str,
        args: &JsValue,
        octets: u32,
    ) -> Result<JsValue, JsValue> {
        let sent = self.client.request(command, args, octets);
        let sent = sent.map_err(|error| trouble_of(&error))?;
        let frame = object(&[
            ("v", Plain::Number(sent.v.into())),
            ("id", Plain::Number(sent.id)),
            ("command", Plain::Text(command)),
        ]);
        set(&frame, "args", args);
        Ok(frame)
    }

    /// Gives a call up; whether it was under way, and the agent has to be told.
    pub fn cancel(&mut self, id: u32) -> bool {
        self.client.cancel(id)
    }

    /// What a message of the port means: its outcomes.
    pub fn receive(&mut self, message: &JsValue) -> Vec<JsValue> {
        self.client.receive(message).iter().map(outcome_of).collect()
    }

    /// The page was put away: the outcomes of what was under way.
    #[wasm_bindgen(js_name = pageHidden)]
    pub fn page_hidden(&mut self) -> Vec<JsValue> {
        self.client.closed(CloseCause::PageHidden).iter().map(outcome_of).collect()
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
pub fn trouble(fault: &JsValue) -> JsValue {
    trouble_of(&Trouble::read(fault))
}

/// The oldest protocol version that this module speaks.
#[wasm_bindgen(js_name = oldestVersion)]
#[must_use]
pub fn oldest_version() -> u16 {
    VersionRange::OURS.min
}

/// The newest protocol version that this module speaks.
#[wasm_bindgen(js_name = newestVersion)]
#[must_use]
pub fn newest_version() -> u16 {
    VersionRange::OURS.max
}

/// The most octets of documents that stand in one request.
#[wasm_bindgen(js_name = maxInline)]
#[must_use]
pub fn max_inline() -> usize {
    MAX_INLINE
}

/// How large the pieces are of what is beyond that, in octets.
#[wasm_bindgen(js_name = chunkSize)]
#[must_use]
pub fn chunk_size() -> usize {
    CHUNK
}

/// How many of those pieces may be sent before the agent asks for them.
#[wasm_bindgen(js_name = chunksUnasked)]
#[must_use]
pub fn chunks_unasked() -> u32 {
    CHUNKS_UNASKED
}

fn trouble_of(trouble: &Trouble<JsValue>) -> JsValue {
    let shown = object(&[
        ("code", Plain::Text(&trouble.code)),
        ("party", Plain::Text(trouble.party.as_str())),
        ("message", Plain::Text(&trouble.message)),
        ("remedy", Plain::Text(&trouble.remedy)),
    ]);
    set(&shown, "details", &trouble.details);
    shown
}

fn outcome_of(outcome: &Outcome<JsValue>) -> JsValue {
    let of_call = |kind, id| object(&[("kind", Plain::Text(kind)), ("id", Plain::Number(id))]);
    let with = |shown: JsValue, name, value: &JsValue| {
        set(&shown, name, value);
        shown
    };
    match outcome {
        Outcome::Answer { id, ok } => with(of_call("answer", *id), "ok", ok),
        Outcome::Chunk { id, document, octets, credit } => {
            let shown = with(of_call("chunk", *id), "document", document);
            let shown = with(shown, "octets", octets);
            match credit {
                Some(credit) => with(shown, "credit", &JsValue::from(*credit)),
                None => shown,
            }
        }
        Outcome::Closed { cause } => {
            object(&[("kind", Plain::Text("closed")), ("cause", Plain::Text(cause.as_str()))])
        }
        Outcome::Credit { id, credit } => {
            with(of_call("credit", *id), "credit", &JsValue::from(*credit))
        }
        Outcome::Event { event, data } => {
            let named =
                object(&[("kind", Plain::Text("event")), ("event", Plain::Text(event.as_str()))]);
            with(named, "data", data)
        }
        Outcome::Failure { id, error } => {
            with(of_call("failure", *id), "error", &trouble_of(error))
        }
        Outcome::Progress { id, progress } => with(of_call("progress", *id), "progress", progress),
    }
}
