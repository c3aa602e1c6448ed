//! PIV over PC/SC (NIST SP 800-73-4, part 2): for now, how many tries a passcode has left.

use std::ffi::CString;

use pcsc::{Context, Disposition, Error, Protocols, Scope, ShareMode};

use crate::CardError;

/// The tries that the PIV passcode of the card in a reader has left, without spending one
/// (`VERIFY` without data, section 3.2.1). `Ok(None)`: no PIV card, or no such reader.
///
/// # Errors
///
/// Where the PC/SC service or the card fails.
pub fn tries_left(reader: &str) -> Result<Option<u8>, CardError> {
    let Ok(reader) = CString::new(reader) else { return Ok(None) };
    let context = match Context::establish(Scope::User) {
        Ok(context) => context,
        Err(Error::NoService) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut card = match context.connect(&reader, ShareMode::Shared, Protocols::ANY) {
        Ok(card) => card,
        Err(Error::UnknownReader | Error::NoSmartcard | Error::InvalidValue) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let tries = {
        let transaction = card.transaction().map_err(failed)?;
        let mut answer = [0; ANSWER];
        let selected = transaction.transmit(&SELECT, &mut answer).map_err(failed)?;
        let tries = if selected.ends_with(&OK) {
            let answer = transaction.transmit(&VERIFY_NOTHING, &mut answer).map_err(failed)?;
            tries_of(answer)
        } else {
            None
        };
        // The transaction's end must not reset the card under a module that holds a session.
        transaction.end(Disposition::LeaveCard).map_err(|(_, error)| failed(error))?;
        tries
    };
    card.disconnect(Disposition::LeaveCard).map_err(|(_, error)| failed(error))?;
    Ok(tries)
}

fn tries_of(answer: &[u8]) -> Option<u8> {
    match answer {
        [0x63, counter] if counter & 0xf0 == 0xc0 => Some(counter & 0x0f),
        [0x69, 0x83] => Some(0),
        _ => None,
    }
}

fn failed(error: Error) -> CardError {
    match error {
        Error::NoService | Error::ServiceStopped => CardError::ReaderServiceMissing,
        Error::RemovedCard | Error::NoSmartcard | Error::ResetCard => CardError::CardRemoved,
        Error::SharingViolation => CardError::CardBusy,
        other => CardError::ModuleFailed {
            function: "PC/SC".to_owned(),
            code: Some(format!("{other:?}")),
        },
    }
}

/// `SELECT` of the PIV application by its truncated identifier (part 2, section 2.2).
const SELECT: [u8; 10] = [0x00, 0xa4, 0x04, 0x00, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08];
const VERIFY_NOTHING: [u8; 4] = [0x00, 0x20, 0x00, 0x80];
const OK: [u8; 2] = [0x90, 0x00];
const ANSWER: usize = 258;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_read_from_the_status_word() {
        assert_eq!(tries_of(&[0x63, 0xc2]), Some(2));
        assert_eq!(tries_of(&[0x69, 0x83]), Some(0));
        // 9000: the passcode is verified already, so the counter is not told.
        assert_eq!(tries_of(&[0x90, 0x00]), None);
    }
}
