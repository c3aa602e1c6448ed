use std::sync::Arc;

use wardkey_protocol::Capability;

use crate::{
    agent::{
        Agent,
        call::Call,
        certificate::Chosen,
        dialogs::Act,
        port::{Caller, Who},
        session::Session,
    },
    interrupt::Interrupt,
};

/// Who has the user log in, and where.
pub struct Occasion<'a> {
    /// The agent.
    pub agent: &'a Arc<Agent>,
    /// Raised when the login should end before its time.
    pub interrupt: &'a Arc<Interrupt>,
    /// The server's address.
    pub server: &'a str,
    /// The page or program; `None`: a card was put in.
    pub who: Option<&'a Who>,
    /// Of a page in a frame: the top document's origin.
    pub within: Option<&'a str>,
    /// Where its user may have to let it sign in first.
    pub asks: Option<&'a Caller>,
}

impl<'a> Occasion<'a> {
    /// A call.
    pub fn of(call: &Call<'a>, caller: &'a Caller) -> Self {
        let Call { agent, interrupt, .. } = *call;
        let asks = (!caller.may(Capability::SignIn)).then_some(caller);
        let within = caller.within.as_deref();
        Self { agent, interrupt, server: &caller.server, who: Some(&caller.who), within, asks }
    }
}

/// What a login is for.
pub enum Errand<'a> {
    /// The user proves once more who they are, and the session goes on.
    Again {
        /// What the dialog says.
        act: Act,
        /// The session.
        session: &'a Arc<Session>,
        /// Whether the user chooses a role too.
        select_role: bool,
    },
    /// The user signs in, or resumes the session that waits for this card.
    SignIn {
        /// What the dialog says.
        act: Act,
        /// The role to take without asking, if the user has it.
        role: Option<&'a str>,
        /// Not into a session that waits.
        fresh: bool,
        /// The card, where it is known already.
        card: Option<Box<Chosen>>,
    },
}

impl Errand<'_> {
    pub(super) fn act(&self) -> Act {
        match self {
            Self::Again { act, .. } | Self::SignIn { act, .. } => act.clone(),
        }
    }

    pub(super) fn card(&self) -> Option<Chosen> {
        match self {
            Self::Again { .. } => None,
            Self::SignIn { card, .. } => card.as_deref().cloned(),
        }
    }

    /// The session that goes on, with its own card.
    pub(super) fn session(&self) -> Option<&Session> {
        match self {
            Self::Again { session, .. } => Some(session),
            Self::SignIn { .. } => None,
        }
    }

    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Again { .. } => "reauthenticate",
            Self::SignIn { .. } => "sign_in",
        }
    }
}
