//! Asking a user what a site may do.

use std::sync::Arc;

use wardkey_protocol::{Capability, Fault};

use super::{
    super::{
        Agent, admission,
        audit::Entry,
        call::Call,
        dialogs::{Act, Conversation},
        port::{Caller, Who},
    },
    Consent,
};
use crate::clock;

/// What a user has just let a site do; it is kept once they have proven who they are.
#[must_use]
pub struct Asked(Vec<Consent>);

/// What a site wants of a user.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Without which nothing goes on.
    pub needed: &'a [Capability],
    /// What else is asked about at once, where policy leaves it to the user.
    pub beside: &'a [Capability],
}

/// What a site is asked about that signs its users in.
pub const TO_SIGN_IN: Wanted<'_> = Wanted {
    needed: &[Capability::SignIn],
    beside: &[Capability::Ticket, Capability::UserDetails],
};

/// The caller as this user lets it be, whom a session has proven. They are asked, in a dialog of its
/// own, where it wants something that policy leaves to them and that they have not let it do.
///
/// # Errors
///
/// `gesture_required` without a click, `capability_not_granted`, the dialog's, and `user_cancelled`
/// where the user does not let it.
pub fn settle(
    call: &Call<'_>,
    caller: &Caller,
    uid: &str,
    wanted: Wanted<'_>,
) -> Result<Caller, Fault> {
    let (caller, asked) = once(call, caller, uid, wanted)?;
    asked.keep(call.agent);
    Ok(caller)
}

/// The same for this time alone: nothing has proven who it is.
///
/// # Errors
///
/// As for [`settle`].
pub fn once(
    call: &Call<'_>,
    caller: &Caller,
    uid: &str,
    wanted: Wanted<'_>,
) -> Result<(Caller, Asked), Fault> {
    let let_be = call.agent.as_user_lets(caller, uid);
    if wanted.of(&let_be).is_empty() {
        return let_be.checked(wanted.needed).map(|caller| (caller, Asked(Vec::new())));
    }
    admission::check_gesture(call.activation)?;
    call.agent.check_record()?;
    let mut dialog = call.agent.dialogs.begin(call, caller, Act::Consent, "")?;
    in_dialog(call.agent, &mut dialog, caller, uid, wanted)
}

/// The same in a dialog that is open. What comes of it is to be kept once the card has proven whose
/// it is.
///
/// # Errors
///
/// `capability_not_granted`, the dialog's, and `user_cancelled`.
pub fn in_dialog(
    agent: &Arc<Agent>,
    dialog: &mut Conversation<'_>,
    caller: &Caller,
    uid: &str,
    wanted: Wanted<'_>,
) -> Result<(Caller, Asked), Fault> {
    let mut caller = agent.as_user_lets(caller, uid);
    let asked = wanted.of(&caller);
    let origin = match &caller.who {
        Who::Page(origin) if !asked.is_empty() => origin.clone(),
        _ => return caller.checked(wanted.needed).map(|caller| (caller, Asked(Vec::new()))),
    };
    let entry = |outcome: &'static str| Entry {
        action: "consent",
        origin: Some(origin.as_str()),
        uid: Some(uid),
        capabilities: asked.clone(),
        outcome,
        ..Entry::default()
    };
    if let Err(fault) = dialog.ask_consent(&asked) {
        agent.record(&entry(fault.code.as_str()));
        return Err(fault);
    }
    // Nobody may do what there is no record of.
    agent.record_first(&entry("ok"))?;
    let consents = asked.iter().map(|capability| Consent {
        uid: uid.to_owned(),
        server: caller.server.clone(),
        origin: origin.clone(),
        capability: *capability,
        since: clock::unix_seconds(),
    });
    let consents = Asked(consents.collect());
    caller.capabilities.extend(asked);
    caller.checked(wanted.needed).map(|caller| (caller, consents))
}

impl<'a> Wanted<'a> {
    /// This, and nothing else.
    pub fn only(needed: &'a [Capability]) -> Self {
        Self { needed, beside: &[] }
    }

    /// What of it the user has to be asked about, in the order of the names.
    fn of(self, caller: &Caller) -> Vec<Capability> {
        let all = self.needed.iter().chain(self.beside);
        let asked = all.filter(|one| !caller.may(**one) && caller.askable.contains(*one));
        let mut asked: Vec<_> = asked.copied().collect();
        asked.sort();
        asked
    }
}

impl Asked {
    /// From now on it counts; where it can't be written, until the agent ends.
    pub fn keep(self, agent: &Agent) {
        if self.0.is_empty() {
            return;
        }
        if let Err(error) = agent.consents.give(self.0) {
            tracing::error!("consents: {error}");
        }
        agent.own_changed();
    }
}

impl Caller {
    fn checked(self, needed: &[Capability]) -> Result<Self, Fault> {
        match needed.iter().find(|needed| !self.may(**needed)) {
            Some(missing) => Err(admission::not_granted(*missing)),
            None => Ok(self),
        }
    }
}

impl Agent {
    /// The caller with what this user lets it do, as far as policy lets them be asked.
    pub(in super::super) fn as_user_lets(&self, caller: &Caller, uid: &str) -> Caller {
        let mut caller = caller.clone();
        if let Who::Page(origin) = &caller.who {
            let given = self.consents.of(uid, &caller.server, origin);
            caller.capabilities.extend(given.intersection(&caller.askable));
        }
        caller
    }
}
