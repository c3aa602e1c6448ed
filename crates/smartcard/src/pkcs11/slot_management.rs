pub mod pins;

use std::collections::HashMap;

use cryptoki::{
    context::Pkcs11,
    slot::{Slot, TokenInfo},
};

use super::{object_management, return_values::failed};
use crate::{
    CardCertificate, CardError, PasscodeState, Token, TokenId,
    pcsc::{Found, Readers},
    piv,
};

/// The certificates of the cards that stayed in since they were read, with the service's count of
/// comings and goings by then. What PC/SC knows nothing of is read each time.
///
/// A card that comes back is read anew: PKCS#11 has no cheap sign that nothing was written to it
/// meanwhile, and OpenSC reads a card that comes by itself, so that what would be kept here saves not
/// one command.
#[derive(Default)]
pub struct Read(HashMap<TokenId, (u32, Vec<CardCertificate>)>);

impl Read {
    /// Reads a token anew the next time.
    pub fn forget(&mut self, token: &TokenId) {
        self.0.remove(token);
    }
}

/// The tokens that can be read; the failure of one where none can.
pub fn tokens(
    context: &Pkcs11,
    readers: &Readers,
    before: &mut Read,
) -> Result<Vec<Token>, CardError> {
    let slots = context.get_slots_with_initialized_token().map_err(failed)?;
    let (mut tokens, mut failure) = (Vec::new(), None);
    for slot in slots {
        match read(context, slot, readers, before) {
            Ok(token) => tokens.push(token),
            // Pulled while it was read: it is not there.
            Err(CardError::CardMissing | CardError::CardRemoved) => {}
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if tokens.is_empty() => Err(error),
        _ => Ok(tokens),
    }
}

pub fn slot_of(context: &Pkcs11, token: &TokenId) -> Result<Slot, CardError> {
    let slots = context.get_slots_with_initialized_token().map_err(failed)?;
    let is_it = |slot: &Slot| id(context, *slot).is_ok_and(|id| id == *token);
    slots.into_iter().find(is_it).ok_or(CardError::CardRemoved)
}

/// Whether a token is in its slot still, by what the module says of slots: no other slot's token is
/// asked, and no session opened.
pub fn is_there(context: &Pkcs11, token: &TokenId) -> Result<bool, CardError> {
    let slots = context.get_slots_with_token().map_err(failed)?;
    let Some(slot) = slots.into_iter().find(|slot| token.0.starts_with(&id_in(*slot))) else {
        return Ok(false);
    };
    match id(context, slot) {
        Ok(id) => Ok(id == *token),
        Err(CardError::CardMissing | CardError::CardRemoved) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A slot, and the reader that it stands for.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub slot: Slot,
    pub reader: &'a str,
    is_in_pcsc: bool,
}

impl<'a> Place<'a> {
    pub fn new(slot: Slot, reader: &'a str, readers: &Readers) -> Self {
        Self { slot, reader, is_in_pcsc: readers.may_know(reader) }
    }

    /// The reader's name, unless PC/SC has none of that name, as of a virtual card: asking it all the
    /// same takes as long as a signature.
    pub fn in_pcsc(&self) -> Option<&'a str> {
        self.is_in_pcsc.then_some(self.reader)
    }
}

/// The reader that a slot stands for, by its name in PC/SC where it is one there.
pub fn reader_of(context: &Pkcs11, slot: Slot, readers: &Readers) -> Result<String, CardError> {
    let info = context.get_slot_info(slot).map_err(failed)?;
    let description = info.slot_description();
    Ok(readers.named(description).unwrap_or_else(|| description.to_owned()))
}

/// The state of a slot's passcode, with the number of tries where the card speaks PIV.
pub fn passcode_state(context: &Pkcs11, place: Place<'_>) -> Result<PasscodeState, CardError> {
    let info = context.get_token_info(place.slot).map_err(failed)?;
    let found = place.in_pcsc().map_or(Ok(Found::NoReader), piv::passcode);
    let tries_left = match found {
        Ok(Found::Card(Some(asked))) if asked.needs_contact() => {
            return Err(CardError::ContactNeeded);
        }
        Ok(Found::Card(Some(asked))) => asked.tries_left(),
        Ok(Found::NoCard) => return Err(CardError::CardRemoved),
        // Not to be had this way, but perhaps by a module that holds the card for itself.
        Ok(Found::Card(None) | Found::NoReader)
        | Err(CardError::CardBusy | CardError::ReaderServiceMissing) => None,
        // A card that does not answer here answers no module, and some hang when they are asked.
        Err(error) => return Err(error),
    };
    let (min_length, max_length) = lengths(&info);
    Ok(PasscodeState {
        tries_left,
        wrong_before: info.user_pin_count_low(),
        last_try: info.user_pin_final_try() || tries_left == Some(1),
        blocked: info.user_pin_locked() || tries_left == Some(0),
        expired: info.user_pin_to_be_changed(),
        min_length,
        max_length,
        pin_pad: info.protected_authentication_path(),
    })
}

fn read(
    context: &Pkcs11,
    slot: Slot,
    readers: &Readers,
    before: &mut Read,
) -> Result<Token, CardError> {
    let info = context.get_token_info(slot).map_err(failed)?;
    let reader = reader_of(context, slot, readers)?;
    let id = id(context, slot)?;
    let count = readers.count(&reader);
    let certificates = match before.0.get(&id) {
        Some((then, certificates)) if Some(*then) == count => certificates.clone(),
        _ => {
            let session = context.open_ro_session(slot).map_err(failed)?;
            let certificates = object_management::certificates(&session)?;
            session.close().map_err(failed)?;
            certificates
        }
    };
    let passcode = passcode_state(context, Place::new(slot, &reader, readers))?;
    if let Some(count) = count {
        if before.0.len() > MOST {
            before.0.clear();
        }
        before.0.insert(id.clone(), (count, certificates.clone()));
    }
    Ok(Token {
        id,
        passcode,
        reader,
        label: info.label().to_owned(),
        serial: info.serial_number().to_owned(),
        manufacturer: info.manufacturer_id().to_owned(),
        certificates,
    })
}

/// Slot numbers may be given to another card, so the card's own serial is part of the name.
fn id(context: &Pkcs11, slot: Slot) -> Result<TokenId, CardError> {
    let info = context.get_token_info(slot).map_err(failed)?;
    Ok(TokenId(format!("{}{}:{}", id_in(slot), info.serial_number(), info.label())))
}

/// How the ids of tokens in a slot begin.
fn id_in(slot: Slot) -> String {
    format!("{}:", slot.id())
}

/// The bounds of a passcode in bytes.
fn lengths(info: &TokenInfo) -> (u8, u8) {
    bounds(info.min_pin_length(), info.max_pin_length())
}

/// Some modules leave them out or give nonsense; an empty passcode is never one.
fn bounds(min: usize, max: usize) -> (u8, u8) {
    let byte = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    match (byte(min).max(1), byte(max)) {
        (min, max) if min <= max && min < u8::MAX => (min, max),
        _ => (1, u8::MAX),
    }
}

/// Cards that have come and gone.
const MOST: usize = 64;

#[cfg(test)]
mod tests;
