use cryptoki::{
    context::Pkcs11,
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};

use super::{return_values::failed, slot_management};
use crate::{CardError, Passcode};

/// A session in which the user is logged in.
pub fn log_in(context: &Pkcs11, slot: Slot, passcode: &Passcode) -> Result<Session, CardError> {
    let session = context.open_ro_session(slot).map_err(failed)?;
    let info = context.get_token_info(slot).map_err(failed)?;
    // Without a passcode the reader's PIN pad asks for it.
    let pin = (!info.protected_authentication_path()).then(|| auth_pin(passcode));
    match session.login(UserType::User, pin.as_ref()).map_err(failed) {
        Ok(()) => Ok(session),
        Err(CardError::PasscodeWrong { .. }) => {
            let state = slot_management::passcode_state(context, slot);
            Err(match state {
                Ok(state) if state.blocked => CardError::PasscodeBlocked,
                Ok(state) => CardError::PasscodeWrong {
                    tries_left: state.tries_left.or(state.last_try.then_some(1)),
                },
                Err(_) => CardError::PasscodeWrong { tries_left: None },
            })
        }
        Err(error) => Err(error),
    }
}

/// Gives the passcode once more, for the one operation that was begun.
pub fn log_in_for_operation(session: &Session, passcode: &Passcode) -> Result<(), CardError> {
    session.login(UserType::ContextSpecific, Some(&auth_pin(passcode))).map_err(failed)
}

/// Logs the card out; a card that is gone is logged out already.
pub fn log_out(session: Session) {
    let _ = session.logout();
    let _ = session.close();
}

fn auth_pin(passcode: &Passcode) -> AuthPin {
    AuthPin::new(passcode.expose().into())
}
