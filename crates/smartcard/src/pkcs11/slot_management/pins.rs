//! Another passcode: `C_SetPIN` by the user, and `C_InitPIN` by the security officer, whose passcode
//! is the key that unblocks the user's (PKCS#11 3.0, sections 5.5.7 and 5.5.8).

use cryptoki::{
    context::{Function, Pkcs11},
    error::{Error, RvError},
    session::UserType,
    types::AuthPin,
};

use super::{Place, lengths};
use crate::{
    CardError, LastTry, Passcode, PasscodeRules, UnblockingKey,
    pcsc::Found,
    piv,
    pkcs11::{general_purpose::Module, return_values::failed, session_management::LoggedIn},
};

/// What a new passcode has to be. A module says how long it is; that it has digits only, the card
/// itself where it speaks PIV.
pub fn rules(context: &Pkcs11, place: Place<'_>) -> Result<PasscodeRules, CardError> {
    let info = context.get_token_info(place.slot).map_err(failed)?;
    let own = lengths(&info);
    let piv = as_piv(place);
    let own = if piv.is_some() { piv::LENGTHS } else { own };
    let tries_left = match (info.so_pin_locked(), info.so_pin_final_try()) {
        (true, _) => Some(0),
        (false, true) => Some(1),
        // No flag need be set by a module that does not count.
        (false, false) => None,
    };
    let key = UnblockingKey { tries_left, min_length: own.0, max_length: own.1 };
    Ok(PasscodeRules {
        min_length: own.0,
        max_length: own.1,
        digits: piv.is_some(),
        at_reader: info.protected_authentication_path(),
        unblocking: piv.is_none_or(piv::Asked::is_unblocked_by_key).then_some(key),
    })
}

/// `C_SetPIN` after the user has logged in.
pub fn change(
    module: &Module,
    place: Place<'_>,
    old: &Passcode,
    new: &Passcode,
) -> Result<(), CardError> {
    let rules = rules(&module.context, place)?;
    let session = LoggedIn::writing(&module.context, place)?;
    session.state().admit(old)?;
    if rules.at_reader {
        let direct = module.direct.as_ref().ok_or_else(unsupported)?;
        return direct.set_pin_at_reader(&session).map_err(|error| match error {
            error @ Error::Pkcs11(RvError::PinIncorrect, _) => session.wrong(error),
            other => refused(other, &rules),
        });
    }
    rules.admit(new)?;
    match session.log_in(UserType::User, old) {
        Ok(()) => {}
        // Nothing else may be done until there is another one.
        Err(Error::Pkcs11(RvError::PinExpired | RvError::NewPinMode, _)) => {}
        Err(error) => return Err(session.wrong(error)),
    }
    session.set_pin(&pin(old), &pin(new)).map_err(|error| refused(error, &rules))
}

/// `C_InitPIN` after the security officer has logged in. Modules have none for a PIV card, which is
/// unblocked without them.
pub fn unblock(
    module: &Module,
    place: Place<'_>,
    key: &Passcode,
    new: &Passcode,
    last_try: LastTry,
) -> Result<(), CardError> {
    if as_piv(place).is_some() {
        return piv::unblock(place.reader, key, new, last_try);
    }
    let rules = rules(&module.context, place)?;
    let unblocking = rules.unblocking.ok_or_else(unsupported)?;
    unblocking.admit((!rules.at_reader).then_some(key), last_try)?;
    if !rules.at_reader {
        rules.admit(new)?;
    }
    let session = LoggedIn::writing(&module.context, place)?;
    if let Err(error) = session.log_in(UserType::So, key) {
        return Err(refused_officer(module, place, &unblocking, error));
    }
    let set = match (rules.at_reader, &module.direct) {
        (false, _) => session.init_pin(&pin(new)),
        (true, Some(direct)) => direct.init_pin_at_reader(&session),
        (true, None) => return Err(unsupported()),
    };
    set.map_err(|error| refused(error, &rules))
}

/// What became of a security officer's passcode that was not taken.
fn refused_officer(
    module: &Module,
    place: Place<'_>,
    key: &UnblockingKey,
    error: Error,
) -> CardError {
    let Error::Pkcs11(value, _) = error else { return failed(error) };
    match value {
        RvError::PinIncorrect | RvError::PinInvalid => {
            let now = rules(&module.context, place).ok().and_then(|rules| rules.unblocking);
            match now.and_then(|key| key.tries_left) {
                Some(0) => CardError::UnblockingKeyBlocked,
                tries_left => CardError::UnblockingKeyWrong { tries_left },
            }
        }
        RvError::PinLenRange => {
            CardError::UnblockingKeyLength { min: key.min_length, max: key.max_length }
        }
        RvError::PinLocked => CardError::UnblockingKeyBlocked,
        // What modules say that have no security officer.
        RvError::FunctionNotSupported
        | RvError::UserPinNotInitialized
        | RvError::UserTypeInvalid
        | RvError::TokenWriteProtected => unsupported(),
        value => failed(Error::Pkcs11(value, Function::Login)),
    }
}

/// What a new passcode was refused for.
fn refused(error: Error, rules: &PasscodeRules) -> CardError {
    let Error::Pkcs11(value, function) = error else { return failed(error) };
    match value {
        RvError::PinInvalid | RvError::PinTooWeak => CardError::NewPasscodeRefused,
        RvError::PinLenRange => {
            CardError::PasscodeLength { min: rules.min_length, max: rules.max_length }
        }
        RvError::FunctionNotSupported | RvError::TokenWriteProtected => unsupported(),
        value => failed(Error::Pkcs11(value, function)),
    }
}

/// What a PIV card says; `None` of another.
fn as_piv(place: Place<'_>) -> Option<piv::Asked> {
    match piv::passcode(place.in_pcsc()?) {
        Ok(Found::Card(asked)) => asked,
        _ => None,
    }
}

fn unsupported() -> CardError {
    CardError::Unsupported("another passcode".to_owned())
}

fn pin(passcode: &Passcode) -> AuthPin {
    AuthPin::new(passcode.expose().into())
}
