use serde::Serialize;
use serde_json::{Map, Value};
use wardkey_protocol::{
    ErrorCode, Fault, Party,
    envelope::CloseCause,
    event::{EventData, EventName},
};

/// What a message meant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// A call ended well.
    Answer {
        /// The call.
        id: u32,
        /// Its result.
        ok: Value,
    },
    /// A piece of a signature came.
    Chunk {
        /// The call.
        id: u32,
        /// The document's id.
        document: String,
        /// The octets, in base64.
        octets: String,
        /// The credit to send for it, if any.
        #[serde(skip_serializing_if = "Option::is_none")]
        credit: Option<u32>,
    },
    /// The port is at its end.
    Closed {
        /// Why.
        cause: CloseCause,
    },
    /// Documents may be sent so far.
    Credit {
        /// The call.
        id: u32,
        /// How many chunks, from the first on.
        credit: u32,
    },
    /// Something happened.
    Event {
        /// What.
        event: EventName,
        /// The facts.
        data: EventData,
    },
    /// A call ended badly.
    Failure {
        /// The call.
        id: u32,
        /// Why.
        error: Trouble,
    },
    /// News of a call under way.
    Progress {
        /// The call.
        id: u32,
        /// Its progress.
        progress: Value,
    },
}

/// A fault with its party. The code is a text, as a newer agent may know more of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trouble {
    /// The stable code.
    pub code: String,
    /// Whose doing it is.
    pub party: Party,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Facts that go with the code.
    pub details: Map<String, Value>,
}

impl Trouble {
    /// Reads a fault from the road, whatever it lacks.
    #[must_use]
    pub fn read(fault: &Value) -> Self {
        let text = |name| fault.get(name).and_then(Value::as_str);
        let code = text("code").unwrap_or(ErrorCode::Internal.as_str());
        let known = ErrorCode::from_code(code);
        let words = known.unwrap_or(ErrorCode::Internal);
        Self {
            code: code.to_owned(),
            party: words.party(),
            message: text("message").unwrap_or(words.message()).to_owned(),
            remedy: text("remedy").unwrap_or(words.remedy()).to_owned(),
            details: fault.get("details").and_then(Value::as_object).cloned().unwrap_or_default(),
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.as_str().to_owned(),
            party: fault.code.party(),
            message: fault.message,
            remedy: fault.remedy,
            details: fault.details,
        }
    }
}
