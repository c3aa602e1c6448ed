//! PIV over PC/SC (NIST SP 800-73-4, part 2): for now, how many tries a passcode has left.

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
    let Ok(reader) = CString::new(reader) else { return Ok(None) };
    let context =
        Context::establish(Scope::User).map_err(|error| failed("SCardEstablishContext", error))?;
    let mut card = match context.connect(&reader, ShareMode::Shared, Protocols::ANY) {
        Ok(card) => card,
        Err(Error::UnknownReader | Error::NoSmartcard | Error::InvalidValue) => return Ok(None),
        Err(error) => return Err(failed("SCardConnect", error)),
    };
    let tries = ask(&mut card);
    // Disconnecting must not reset the card under a module that holds a session.
    let left = card.disconnect(Disposition::LeaveCard);
    let tries = tries?;
    left.map_err(|(_, error)| failed("SCardDisconnect", error))?;
    Ok(tries)
}

fn ask(card: &mut Card) -> Result<Option<u8>, CardError> {
    let transaction = card.transaction().map_err(|error| failed("SCardBeginTransaction", error))?;
    let tries = if selected(&transmit(&transaction, &SELECT)?) {
        tries_of(&transmit(&transaction, &VERIFY_NOTHING)?)
    } else {
        None
    };
    let ended = transaction.end(Disposition::LeaveCard);
    ended.map_err(|(_, error)| failed("SCardEndTransaction", error))?;
    Ok(tries)
}

fn transmit(transaction: &Transaction<'_>, command: &[u8]) -> Result<Vec<u8>, CardError> {
    let mut answer = [0; ANSWER];
    let answer = transaction.transmit(command, &mut answer);
    answer.map(<[u8]>::to_vec).map_err(|error| failed("SCardTransmit", error))
}

/// Under T=0 a card says by 61xx that it has more to tell, which is not fetched.
fn selected(answer: &[u8]) -> bool {
    matches!(answer, [.., 0x90, 0x00] | [0x61, _])
}

fn tries_of(answer: &[u8]) -> Option<u8> {
    match answer {
        [0x63, counter] if counter & 0xf0 == 0xc0 => Some(counter & 0x0f),
        [0x69, 0x83] => Some(0),
        _ => None,
    }
}

/// `SELECT` of the PIV application by its truncated identifier (part 2, section 2.2).
const SELECT: [u8; 10] = [0x00, 0xa4, 0x04, 0x00, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08];
const VERIFY_NOTHING: [u8; 4] = [0x00, 0x20, 0x00, 0x80];
const ANSWER: usize = pcsc::MAX_BUFFER_SIZE;

#[cfg(test)]
mod tests;
