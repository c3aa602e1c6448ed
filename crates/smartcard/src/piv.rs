//! PIV over PC/SC (NIST SP 800-73-4, part 2): for now, how many tries a passcode has left, and
//! logging out.

use std::ffi::CString;

use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode, Transaction};

use crate::{CardError, pcsc::failed};

/// The tries that the PIV passcode of the card in a reader has left, without spending one
/// (`VERIFY` without data, section 3.2.1). `Ok(None)`: no such reader, no card, no PIV card, or a
/// card where the passcode is verified at this moment.
///
/// It shares the card, asks within one transaction and leaves the card as it is, with PIV
/// selected.
///
/// # Errors
///
/// Where the PC/SC service or the card fails.
pub fn tries_left(reader: &str) -> Result<Option<u8>, CardError> {
    Ok(match passcode(reader)? {
        Found::Card(Some(Verified::No { tries_left })) => Some(tries_left),
        Found::Card(_) | Found::NoCard | Found::NoReader => None,
    })
}

/// What a card says of its passcode, where it has PIV.
pub(crate) fn passcode(reader: &str) -> Result<Found<Option<Verified>>, CardError> {
    with_card(reader, |transaction| {
        let verified = if select(transaction)? { Some(verify_nothing(transaction)?) } else { None };
        Ok((verified, Disposition::LeaveCard))
    })
}

/// Makes the card in a reader forget that it was given its passcode, whichever program gave it: a
/// PIV card by its own command (section 3.2.1), and where it does not know that, or has no PIV, by
/// a reset. A PIV card that has nothing to forget is left as it is.
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
    let act = |transaction: &Transaction<'_>| {
        let forgotten = if select(transaction)? {
            verify_nothing(transaction)? != Verified::Yes || {
                transmit(transaction, &FORGET)?;
                verify_nothing(transaction)? != Verified::Yes
            }
        } else {
            module_has
        };
        Ok(((), if forgotten { Disposition::LeaveCard } else { Disposition::ResetCard }))
    };
    with_card(reader, act).map(|_| ())
}

/// What was found in a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<T> {
    /// A card, and what it said.
    Card(T),
    /// The reader is empty.
    NoCard,
    /// PC/SC has no reader of this name.
    NoReader,
}

/// What a card answers to `VERIFY` without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    No { tries_left: u8 },
    Unknown,
    Yes,
}

impl Verified {
    fn of(answer: &[u8]) -> Self {
        match answer {
            [0x63, counter] if counter & 0xf0 == 0xc0 => Self::No { tries_left: counter & 0x0f },
            [0x69, 0x83] => Self::No { tries_left: 0 },
            [0x90, 0x00] => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

/// Does something within a transaction, which ends with what it says is to become of the card.
fn with_card<T>(
    reader: &str,
    act: impl FnOnce(&Transaction<'_>) -> Result<(T, Disposition), CardError>,
) -> Result<Found<T>, CardError> {
    let Ok(reader) = CString::new(reader) else { return Ok(Found::NoReader) };
    let context =
        Context::establish(Scope::User).map_err(|error| failed("SCardEstablishContext", error))?;
    let mut card = match context.connect(&reader, ShareMode::Shared, Protocols::ANY) {
        Ok(card) => card,
        Err(Error::NoSmartcard | Error::RemovedCard) => return Ok(Found::NoCard),
        Err(Error::InvalidValue | Error::UnknownReader) => return Ok(Found::NoReader),
        Err(error) => return Err(failed("SCardConnect", error)),
    };
    let done = transact(&mut card, act);
    // Disconnecting must not reset the card under a module that holds a session.
    let left = card.disconnect(Disposition::LeaveCard);
    let done = done?;
    left.map_err(|(_, error)| failed("SCardDisconnect", error))?;
    Ok(Found::Card(done))
}

fn transact<T>(
    card: &mut Card,
    act: impl FnOnce(&Transaction<'_>) -> Result<(T, Disposition), CardError>,
) -> Result<T, CardError> {
    let transaction = card.transaction().map_err(|error| failed("SCardBeginTransaction", error))?;
    let (done, disposition) = act(&transaction)?;
    let ended = transaction.end(disposition);
    ended.map_err(|(_, error)| failed("SCardEndTransaction", error))?;
    Ok(done)
}

/// Whether the card has PIV.
fn select(transaction: &Transaction<'_>) -> Result<bool, CardError> {
    transmit(transaction, &SELECT).map(|answer| selected(&answer))
}

fn verify_nothing(transaction: &Transaction<'_>) -> Result<Verified, CardError> {
    transmit(transaction, &VERIFY_NOTHING).map(|answer| Verified::of(&answer))
}

fn transmit(transaction: &Transaction<'_>, command: &[u8]) -> Result<Vec<u8>, CardError> {
    let mut answer = [0; ANSWER];
    match transaction.transmit(command, &mut answer) {
        Ok(answer) if answer.len() >= STATUS => Ok(answer.to_vec()),
        // Some drivers say so of a card that was pulled.
        Ok(_) => Err(failed("SCardTransmit", Error::CommError)),
        Err(error) => Err(failed("SCardTransmit", error)),
    }
}

/// Under T=0 a card says by 61xx that it has more to tell, which is not fetched.
fn selected(answer: &[u8]) -> bool {
    matches!(answer, [.., 0x90, 0x00] | [0x61, _])
}

/// `SELECT` of the PIV application by its truncated identifier (part 2, section 2.2).
const SELECT: [u8; 10] = [0x00, 0xa4, 0x04, 0x00, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08];
const VERIFY_NOTHING: [u8; 4] = [0x00, 0x20, 0x00, 0x80];
const FORGET: [u8; 4] = [0x00, 0x20, 0xff, 0x80];
/// Each answer ends with a status word of two bytes.
const STATUS: usize = 2;
const ANSWER: usize = pcsc::MAX_BUFFER_SIZE;

#[cfg(test)]
mod tests;
