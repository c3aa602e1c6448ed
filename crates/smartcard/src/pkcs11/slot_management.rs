use cryptoki::{context::Pkcs11, slot::Slot};

use super::{object_management, return_values::failed};
use crate::{CardError, PasscodeState, Token, TokenId, piv};

pub fn tokens(context: &Pkcs11) -> Result<Vec<Token>, CardError> {
    let slots = context.get_slots_with_initialized_token().map_err(failed)?;
    // A token that cannot be read does not hide the others.
    let mut tokens: Vec<_> = slots.into_iter().filter_map(|slot| read(context, slot).ok()).collect();
    tokens.retain(|token| !token.certificates.is_empty());
    Ok(tokens)
}

pub fn slot_of(context: &Pkcs11, token: &TokenId) -> Result<Slot, CardError> {
    let slots = context.get_slots_with_initialized_token().map_err(failed)?;
    let is_it = |slot: &Slot| id(context, *slot).is_ok_and(|id| id == *token);
    slots.into_iter().find(is_it).ok_or(CardError::CardRemoved)
}

/// The state of a slot's passcode, with the number of tries where the card speaks PIV.
pub fn passcode_state(context: &Pkcs11, slot: Slot) -> Result<PasscodeState, CardError> {
    let info = context.get_token_info(slot).map_err(failed)?;
    let reader = context.get_slot_info(slot).map_err(failed)?;
    let tries_left = piv::tries_left(reader.slot_description()).unwrap_or_default();
    let byte = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    Ok(PasscodeState {
        tries_left,
        wrong_before: info.user_pin_count_low(),
        last_try: info.user_pin_final_try() || tries_left == Some(1),
        blocked: info.user_pin_locked() || tries_left == Some(0),
        min_length: byte(info.min_pin_length()),
        max_length: byte(info.max_pin_length()),
        pin_pad: info.protected_authentication_path(),
    })
}

fn read(context: &Pkcs11, slot: Slot) -> Result<Token, CardError> {
    let info = context.get_token_info(slot).map_err(failed)?;
    let reader = context.get_slot_info(slot).map_err(failed)?;
    let session = context.open_ro_session(slot).map_err(failed)?;
    Ok(Token {
        id: id(context, slot)?,
        reader: reader.slot_description().to_owned(),
        label: info.label().to_owned(),
        serial: info.serial_number().to_owned(),
        manufacturer: info.manufacturer_id().to_owned(),
        certificates: object_management::certificates(&session)?,
        passcode: passcode_state(context, slot)?,
    })
}

/// Slot numbers may be given to another card, so the card's own serial is part of the name.
fn id(context: &Pkcs11, slot: Slot) -> Result<TokenId, CardError> {
    let info = context.get_token_info(slot).map_err(failed)?;
    Ok(TokenId(format!("{}:{}:{}", slot.id(), info.serial_number(), info.label())))
}
