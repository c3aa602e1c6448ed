//! The envelope between a page and the agent.
//!
//! A page sends [`FromPage`]: `{v, id, command, args}` or `{cancel}`. It receives [`ToPage`]:
//! `{id, ok}`, `{id, error}`, `{id, progress}`, `{seq, event, data}` or, at the end, `{closed}`. Ids
//! count within one port. What is too large for one message travels in [`crate::chunks`], both ways:
//! `{id, chunk}` and `{id, credit}`.
//!
//! The port comes to be by a greeting: the page posts a [`PageGreeting`] to its own window with one
//! end of a `MessageChannel`, and the extension answers on it with an [`ExtensionGreeting`], or with
//! a [`Failure`] that has no id.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ErrorCode, Fault,
    chunks::{self, Chunk, Credit},
    event::Event,
    version::VersionRange,
};

wire_struct! {
    /// A call.
    pub struct Request {
        /// The lowest protocol version that has what the request uses, within what `hello` agreed
        /// on.
        pub v: u16,
        /// Chosen by the page, unique among its calls under way.
        pub id: u32,
        /// The command's name; unknown names get `command_unknown`.
        pub command: String,
        /// The command's arguments.
        #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
        pub args: Value,
    }

    /// Gives a call up.
    #[derive(Copy, Eq)]
    pub struct Cancel {
        /// The call's id.
        pub cancel: u32,
    }

    /// The good end of a call.
    pub struct Answer {
        /// The call's id.
        pub id: u32,
        /// The command's result.
        #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
        pub ok: Value,
    }

    /// The bad end of a call.
    pub struct Failure {
        /// The call's id; absent where the message had none that could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub id: Option<u32>,
        /// What went wrong.
        pub error: Fault,
    }

    /// News of a call under way.
    pub struct Progress {
        /// The call's id.
        pub id: u32,
        /// The command's progress.
        #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
        pub progress: Value,
    }

    /// The port is at its end: every call on it has been answered, and the page may ask for another.
    #[derive(Copy, Eq)]
    pub struct Closed {
        /// Why.
        pub closed: CloseCause,
    }

    /// What the page posts to its own window, with one end of a `MessageChannel`.
    pub struct PageGreeting {
        /// Who asks.
        pub wardkey: PageHello,
    }

    /// What the content script answers on the port.
    pub struct ExtensionGreeting {
        /// Who answers.
        pub hello: ExtensionHello,
    }

    /// What the page says first.
    pub struct PageHello {
        /// The versions the SDK speaks.
        pub versions: VersionRange,
        /// The SDK's version.
        pub sdk: String,
    }

    /// What the content script answers.
    pub struct ExtensionHello {
        /// The version agreed on; absent when there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub version: Option<u16>,
        /// The extension's version.
        pub extension: String,
    }
}

wire_names! {
    /// Why a page's port came to its end.
    #[non_exhaustive]
    pub enum CloseCause {
        /// The agent, or the road to it, is gone; what the port knew of a session went with it.
        AgentGone,
        /// The extension was stopped or updated.
        ExtensionGone,
        /// The page was put away; it may ask again when it is shown.
        PageHidden,
    }
}

impl CloseCause {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgentGone => "agent_gone",
            Self::ExtensionGone => "extension_gone",
            Self::PageHidden => "page_hidden",
        }
    }

    /// The cause of a name; `None` when there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::AgentGone, Self::ExtensionGone, Self::PageHidden];
        all.into_iter().find(|cause| cause.as_str() == name)
    }
}

/// What a page sends on its port.
#[derive(Clone, Debug, PartialEq)]
pub enum FromPage {
    /// Gives a call up.
    Cancel(Cancel),
    /// A piece of a document.
    Chunk(Chunk),
    /// How far signatures may be sent.
    Credit(Credit),
    /// A call.
    Request(Request),
}

/// What a page receives on its port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum ToPage {
    /// The good end of a call.
    Answer(Answer),
    /// A piece of a signature.
    Chunk(Chunk),
    /// How far documents may be sent.
    Credit(Credit),
    /// The port is at its end.
    Closed(Closed),
    /// Something happened.
    Event(Event),
    /// The bad end of a call.
    Failure(Failure),
    /// News of a call under way.
    Progress(Progress),
}

impl FromPage {
    /// Reads a page's message, strictly.
    ///
    /// # Errors
    ///
    /// `message_malformed` or, of a chunk or a credit, `chunk_invalid`, with the id of the call
    /// where one could be read.
    pub fn parse(frame: Value) -> Result<Self, Failure> {
        let id = frame.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        let has = |name| frame.get(name).is_some();
        let (cancel, chunk, credit) = (has("cancel"), has("chunk"), has("credit"));
        let read = if cancel {
            serde_json::from_value(frame).map(Self::Cancel)
        } else if chunk {
            serde_json::from_value(frame).map(Self::Chunk)
        } else if credit {
            serde_json::from_value(frame).map(Self::Credit)
        } else {
            serde_json::from_value(frame).map(Self::Request)
        };
        read.map_err(|error| {
            let reason = error.to_string();
            let error = match (chunk || credit) && !cancel {
                true => chunks::invalid(&reason),
                false => Fault::new(ErrorCode::MessageMalformed).with("reason", reason),
            };
            Failure { id, error }
        })
    }
}

#[cfg(test)]
mod tests;
