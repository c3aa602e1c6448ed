//! Between the extension's background and the agent: many page ports over one native port.
//!
//! The relay copies these frames between the browser's stdio and the agent's socket and reads
//! none of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Fault,
    own::{Changed, OwnCommand, OwnReply, OwnRequest},
    version::VersionRange,
};

wire_struct! {
    /// The extension's first message.
    pub struct Hello {
        /// The versions the extension speaks.
        pub versions: VersionRange,
        /// The extension's version.
        pub extension: String,
    }

    /// The agent's answer.
    pub struct Welcome {
        /// The version agreed on.
        pub version: u16,
        /// The agent's version.
        pub agent: String,
        /// Changes when the agent starts anew, so that stale state is noticed.
        pub boot: String,
        /// What the extension's own pages may ask of this agent.
        #[serde(default)]
        pub own: Vec<OwnCommand>,
    }

    /// A page asked for Wardkey.
    pub struct Open {
        /// Chosen by the extension, unique while it is open.
        pub port: u32,
        /// What the browser says of the page.
        pub context: PageContext,
    }

    /// The facts that only the browser knows. A page cannot write them.
    #[derive(Eq)]
    pub struct PageContext {
        /// The document's origin, from the browser's `sender`; `null` when it is opaque.
        pub origin: String,
        /// The top document's origin.
        pub top_origin: String,
        /// Whether the document is the tab's top document.
        pub top: bool,
        /// The browser's id of the document, after that of its tab and a slash where it has one.
        pub document: String,
    }

    /// A page's message.
    pub struct FromPort {
        /// The port.
        pub port: u32,
        /// Whether the user had just clicked or typed in the page, as the content script saw it.
        pub activation: bool,
        /// The message as the page sent it, unread.
        #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
        pub frame: Value,
    }

    /// A message to a page.
    pub struct ToPort {
        /// The port.
        pub port: u32,
        /// The message.
        #[cfg_attr(feature = "bindings", ts(type = "unknown"))]
        pub frame: Value,
    }

    /// The page's document went away, or the agent let the port go.
    #[derive(Copy, Eq)]
    pub struct Close {
        /// The port.
        pub port: u32,
    }
}

impl PageContext {
    /// The browser's id of the tab that the document is in; `None` where it has none, or the
    /// extension is older than this.
    #[must_use]
    pub fn tab(&self) -> Option<&str> {
        self.document.split_once('/').map(|(tab, _)| tab)
    }
}

/// What the extension sends: an object with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FromExtension {
    /// The document went away.
    Close(Close),
    /// First of all.
    Hello(Hello),
    /// A page's message.
    Message(FromPort),
    /// A page asked for Wardkey.
    Open(Open),
    /// One of the extension's own pages asks; no page's message can become this.
    Own(OwnRequest),
}

/// What the extension receives: an object with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ToExtension {
    /// What the extension's own pages show may have changed; only after `watch`.
    Changed(Changed),
    /// The agent let a port go.
    Close(Close),
    /// The last frame was no good; no port can be named.
    Fault(Fault),
    /// A message to a page.
    Message(ToPort),
    /// The answer to one of the extension's own pages.
    Own(OwnReply),
    /// The answer to `hello`.
    Welcome(Welcome),
}
