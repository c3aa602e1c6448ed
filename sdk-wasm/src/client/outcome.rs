use wardkey_protocol::{ErrorCode, Party, envelope::CloseCause, event::EventName};

use super::{Json, Plain};

/// What a message meant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<J> {
    /// A call ended well.
    Answer {
        /// The call.
        id: u32,
        /// Its result.
        ok: J,
    },
    /// A piece of a signature came.
    Chunk {
        /// The call.
        id: u32,
        /// The document's id.
        document: J,
        /// The octets, in base64.
        octets: J,
        /// The credit to send for it, if any.
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
        data: J,
    },
    /// A call ended badly.
    Failure {
        /// The call.
        id: u32,
        /// Why.
        error: Trouble<J>,
    },
    /// News of a call under way.
    Progress {
        /// The call.
        id: u32,
        /// Its progress.
        progress: J,
    },
}

/// A fault with its party. The code is a text, as a newer agent may know more of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble<J> {
    /// The stable code.
    pub code: String,
    /// Whose doing it is.
    pub party: Party,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Facts that go with the code, an object.
    pub details: J,
}

impl<J: Json> Trouble<J> {
    /// A fault in the table's words.
    #[must_use]
    pub fn new(code: ErrorCode, details: &[(&str, Plain<'_>)]) -> Self {
        Self {
            code: code.as_str().to_owned(),
            party: code.party(),
            message: code.message().to_owned(),
            remedy: code.remedy().to_owned(),
            details: J::object(details),
        }
    }

    /// Reads a fault from the road, whatever it lacks.
    #[must_use]
    pub fn read(fault: &J) -> Self {
        let text = |name| fault.member(name).and_then(|text| text.text());
        let code = text("code");
        let known = code.as_deref().and_then(ErrorCode::from_code);
        let mut trouble = Self::new(known.unwrap_or(ErrorCode::Internal), &[]);
        trouble.code = code.unwrap_or(trouble.code);
        trouble.message = text("message").unwrap_or(trouble.message);
        trouble.remedy = text("remedy").unwrap_or(trouble.remedy);
        if let Some(details) = fault.member("details").filter(Json::is_object) {
            trouble.details = details;
        }
        trouble
    }
}
