//! Who may ask for what: one table.

use crate::{CommandName, event::EventName};

wire_names! {
    /// What an origin may be granted, by policy or by the user's consent.
    #[non_exhaustive]
    pub enum Capability {
        /// A `web-eid:1` token made by the login key.
        Authenticate,
        /// A proof for the Identity Server's own `/authorize`. The server's own origin holds it and
        /// no other, whatever policy grants.
        Authorize,
        /// A content-commitment signature over documents that the user sees.
        Sign,
        /// A signature over what the user cannot see: `raw`, or a digest alone.
        SignContentNotShown,
        /// Signing in, and news of cards and of the session.
        SignIn,
        /// The content-commitment certificate, which names its holder.
        SigningCertificate,
        /// A ticket of the session, bound to this origin.
        Ticket,
        /// Name, role and organisation of the user who is signed in.
        UserDetails,
    }
}

/// What a command or an event asks of the origin that is to have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The capability; `None`: anyone, with what [`crate::command::status`] says.
    pub capability: Option<Capability>,
    /// Whether the user must have clicked or typed in the page just before.
    pub gesture: bool,
}

impl CommandName {
    /// What the command asks of an origin.
    #[must_use]
    pub fn access(self) -> Access {
        let (capability, gesture) = match self {
            Self::Status => (None, false),
            Self::Subscribe => (None, false),
            // Of the top document, which has to be admitted for something.
            Self::Delegate => (None, false),
            Self::Cards => (Some(Capability::SignIn), false),
            Self::SignIn => (Some(Capability::SignIn), true),
            Self::SelectRole => (Some(Capability::SignIn), true),
            Self::SignOut => (Some(Capability::SignIn), false),
            Self::User => (Some(Capability::UserDetails), false),
            Self::Ticket => (Some(Capability::Ticket), false),
            Self::Authenticate => (Some(Capability::Authenticate), true),
            // Silent while the session is active; where a dialog is needed, so is a gesture.
            Self::Authorize => (Some(Capability::Authorize), false),
            Self::SigningCertificate => (Some(Capability::SigningCertificate), true),
            Self::Sign => (Some(Capability::Sign), true),
        };
        Access { capability, gesture }
    }
}

impl EventName {
    /// What the event asks of an origin. Every event tells of cards or people, so each needs a
    /// grant.
    #[must_use]
    pub fn access(self) -> Access {
        Access { capability: Some(Capability::SignIn), gesture: false }
    }
}
