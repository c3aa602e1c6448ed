//! What other ways to a card ask of PIV: how many tries a passcode has left, unblocking it, and
//! logging out.
//!
//! It is asked of the passcode that the card's discovery object prefers, as OpenSC's module verifies
//! that one (`piv_parse_discovery`). Modules that know PIV's own only, as Yubico's, have cards that
//! know no other.

use pcsc::Disposition;

use super::{
    apdu::{Channel, Transmit},
    application::{Application, Verified},
    data_objects::UsagePolicy,
    open,
};
use crate::{CardError, LastTry, Passcode, pcsc::Found};

/// What a card says of its passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    verified: Verified,
    policy: UsagePolicy,
}

impl Asked {
    /// Tries left, where it says.
    pub fn tries_left(self) -> Option<u8> {
        self.verified.tries_left()
    }

    /// Whether no module can give it a passcode here, over the air. By the virtual contact
    /// interface one might.
    pub fn needs_contact(self) -> bool {
        self.verified == Verified::ContactNeeded && !self.policy.virtual_contact
    }

    /// Whether PIV's unblocking key sets it.
    pub fn is_unblocked_by_key(self) -> bool {
        !self.policy.prefers_global
    }
}

/// The tries that the passcode of the PIV card in a reader has left, without spending one
/// (`VERIFY` without data, SP 800-73-4, part 2, section 3.2.1). `Ok(None)`: no such reader, no
/// card, no PIV card, or a card where the passcode is verified at this moment.
///
/// It shares the card, asks within one transaction and leaves the card as it is, with PIV
/// selected.
///
/// # Errors
///
/// Where the PC/SC service or the card fails.
pub fn tries_left(reader: &str) -> Result<Option<u8>, CardError> {
    Ok(match passcode(reader)? {
        Found::Card(Some(asked)) => asked.tries_left(),
        Found::Card(None) | Found::NoCard | Found::NoReader => None,
    })
}

/// What a card says of its passcode, where it has PIV.
pub(crate) fn passcode(reader: &str) -> Result<Found<Option<Asked>>, CardError> {
    let mut channel = match open(reader)? {
        Found::Card(channel) => channel,
        Found::NoCard => return Ok(Found::NoCard),
        Found::NoReader => return Ok(Found::NoReader),
    };
    let asked = asked(&mut channel);
    let ended = channel.card.end(Disposition::LeaveCard);
    let asked = asked?;
    ended.map(|()| Found::Card(asked))
}

/// Gives the PIV card in a reader another passcode by its unblocking key, which no module has a call
/// for.
pub(crate) fn unblock(
    reader: &str,
    key: &Passcode,
    new: &Passcode,
    last_try: LastTry,
) -> Result<(), CardError> {
    let Found::Card(mut channel) = open(reader)? else { return Err(CardError::CardRemoved) };
    let (done, forgotten) = match Application::select(&mut channel) {
        Ok(Some(mut application)) => {
            let done = application.unblock_passcode(key, new, None, last_try);
            (done, application.forget().unwrap_or_default())
        }
        Ok(None) => (Err(CardError::CardRemoved), true),
        Err(error) => (Err(error), true),
    };
    let end = if forgotten { Disposition::LeaveCard } else { Disposition::ResetCard };
    // A card that is gone has forgotten by itself.
    let _ = channel.card.end(end);
    done
}

/// Makes the card in a reader forget that it was given its passcode, whichever program gave it: a
/// PIV card by its own command (part 2, section 3.2.1), and where it does not know that, or has no
/// PIV, by a reset. A PIV card that has nothing to forget is left as it is.
///
/// # Errors
///
/// Where the PC/SC service or the card fails.
pub fn log_out(reader: &str) -> Result<(), CardError> {
    log_out_after(reader, false)
}

/// The same after a module has logged out, or could not. Modules say that they have and leave a
/// PIV card as it is, and then any program may sign; of another card their word is taken.
pub(crate) fn log_out_after(reader: &str, module_has: bool) -> Result<(), CardError> {
    let Found::Card(mut channel) = open(reader)? else { return Ok(()) };
    let forgotten = forgotten(&mut channel, module_has);
    let end =
        if let Ok(true) = forgotten { Disposition::LeaveCard } else { Disposition::ResetCard };
    let ended = channel.card.end(end);
    forgotten?;
    ended
}

fn asked(channel: &mut Channel<impl Transmit>) -> Result<Option<Asked>, CardError> {
    let Some(mut application) = Application::select(channel)? else { return Ok(None) };
    let policy = application.policy()?;
    Ok(Some(Asked { verified: application.verified()?, policy }))
}

/// Whether the card has forgotten its passcodes; of one without PIV, as it is said.
fn forgotten(channel: &mut Channel<impl Transmit>, module_has: bool) -> Result<bool, CardError> {
    match Application::select(channel)? {
        Some(mut application) => application.forget(),
        None => Ok(module_has),
    }
}

#[cfg(test)]
mod tests;
