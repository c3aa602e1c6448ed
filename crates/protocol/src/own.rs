//! What the extension's own pages ask of the agent.
//!
//! It travels in a frame of its own beside the messages of pages ([`crate::hop`]). The extension
//! alone writes that frame; whatever a page sends stays inside [`crate::hop::FromPort`] and is read
//! as a page's message, so that no page can ask for any of this.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Fault,
    command::invalid,
    envelope::{Answer, Failure},
    limits::MAX_TEXT,
};

pub mod grants;
pub mod overview;
pub mod revoke;
pub mod select_role;
pub mod shims;
pub mod sign_out;

wire_names! {
    /// A command of the extension's own pages. Its arguments and its result are in the module of its
    /// name.
    #[non_exhaustive]
    pub enum OwnCommand {
        /// The user gives a card another passcode, in the agent's dialog; it takes [`PasscodeArgs`],
        /// and the answer is a [`PasscodeSet`].
        ChangePasscode,
        /// Examines this computer; the answer is a [`Report`].
        Diagnostics,
        /// What each site may do: see [`grants`].
        Grants,
        /// Cards, sessions and connected apps as they are now: see [`overview`].
        Overview,
        /// Takes back what a user let a site do: see [`revoke`].
        Revoke,
        /// The user chooses another role in the agent's dialog: see [`select_role`].
        SelectRole,
        /// Which drop-in shims a site has: see [`shims`].
        Shims,
        /// Ends a session, for everybody: see [`sign_out`].
        SignOut,
        /// The same as `change_passcode` by the key that unblocks the card (PUK), where its passcode
        /// is blocked or forgotten.
        UnblockPasscode,
        /// From now on this connection gets [`Changed`] whenever what `overview` or `grants` would
        /// answer may have changed; it answers nothing.
        Watch,
    }

    /// How what was examined is.
    pub enum FindingState {
        /// As it should be.
        Ok,
        /// It works, but not for long, or not for everybody.
        Warning,
        /// Something does not work before this is put right.
        Problem,
    }

    /// What was examined, in the order of the road from the browser to the server.
    #[non_exhaustive]
    pub enum FindingSubject {
        /// The browsers on this computer.
        Browser,
        /// The extension in them.
        Extension,
        /// What tells browsers of the host program.
        Manifest,
        /// The host program.
        Host,
        /// The agent that runs, and the folders it lives in.
        Agent,
        /// What this computer allows.
        Policy,
        /// The local programs that it admits.
        Program,
        /// The smartcard service.
        ReaderService,
        /// The readers.
        Reader,
        /// The ways to read cards.
        Module,
        /// The cards.
        Card,
        /// The certificates on them.
        Certificate,
        /// The services that keep keys for users.
        Remote,
        /// The Identity Servers.
        Server,
        /// The connection to them, and to services that keep keys.
        Tls,
        /// This computer's clock.
        Clock,
    }
}

wire_struct! {
    /// A call of one of the extension's own pages.
    #[derive(Eq)]
    pub struct OwnRequest {
        /// Chosen by the extension, unique among its calls under way.
        pub id: u32,
        /// The command's name; unknown names get `command_unknown`.
        pub command: String,
        /// The command's arguments; none where it takes none.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
        pub args: Map<String, Value>,
    }

    /// Whose passcode: what `change_passcode` and `unblock_passcode` take.
    #[derive(Default, Eq)]
    pub struct PasscodeArgs {
        /// The reader that the card is in, by its name; without it the only card that is here, or the
        /// one of several that the user chooses in the dialog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub reader: Option<String>,
    }

    /// The card has another passcode.
    #[derive(Eq)]
    pub struct PasscodeSet {
        /// The reader that it is in.
        pub reader: String,
    }

    /// Something that the extension's own pages show may have changed; they ask again.
    #[derive(Copy, Default, Eq)]
    pub struct Changed {}

    /// One thing that was examined.
    pub struct Finding {
        /// The stable code; `docs/doctor.md` has all of them.
        pub code: String,
        /// What was examined.
        pub subject: FindingSubject,
        /// How it is.
        pub state: FindingState,
        /// What was found, in one plain sentence.
        pub found: String,
        /// What to do about it; empty when nothing has to be done.
        pub remedy: String,
        /// Facts that go with it; nothing secret, and no person's name.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
        pub details: Map<String, Value>,
    }

    /// What was found on this computer.
    pub struct Report {
        /// The version of the host program that examined it.
        pub host: String,
        /// When, in RFC 3339 (UTC).
        pub time: String,
        /// In the order of [`FindingSubject`].
        pub findings: Vec<Finding>,
    }
}

/// The end of a call of one of the extension's own pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum OwnReply {
    /// The good end.
    Answer(Answer),
    /// The bad end.
    Failure(Failure),
}

impl OwnCommand {
    /// Every command.
    pub const ALL: &'static [Self] = &[
        Self::ChangePasscode,
        Self::Diagnostics,
        Self::Grants,
        Self::Overview,
        Self::Revoke,
        Self::SelectRole,
        Self::Shims,
        Self::SignOut,
        Self::UnblockPasscode,
        Self::Watch,
    ];

    /// The command of a name; `None` when there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }
}

impl PasscodeArgs {
    /// The reader, where one is named.
    ///
    /// # Errors
    ///
    /// `argument_invalid` for what is no reader's name.
    pub fn reader(&self) -> Result<Option<&str>, Fault> {
        match self.reader.as_deref() {
            Some(reader) if reader.is_empty() || reader.len() > MAX_TEXT => Err(invalid("reader")),
            reader => Ok(reader),
        }
    }
}

impl OwnRequest {
    /// Reads the arguments, strictly.
    ///
    /// # Errors
    ///
    /// `argument_invalid` with the reason in the details.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_value(Value::Object(self.args.clone()))
            .map_err(|error| invalid(&error.to_string()))
    }
}

impl Finding {
    /// Adds one fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests;
