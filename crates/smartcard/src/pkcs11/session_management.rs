use std::ops::Deref;

use cryptoki::{
    context::Pkcs11,
    error::{Error, RvError},
    session::{Session, UserType},
    types::AuthPin,
};

use super::{
    return_values::failed,
    slot_management::{self, Place},
};
use crate::{CardError, Passcode, PasscodeState, piv};

/// A session in which somebody is logged in, or will be. Dropping it logs the card out.
pub struct LoggedIn<'a> {
    context: &'a Pkcs11,
    place: Place<'a>,
    session: Session,
    /// As it was before the passcode was given.
    state: PasscodeState,
}

impl<'a> LoggedIn<'a> {
    /// Gives the passcode, unless the card is blocked or could not have it.
    pub fn new(
        context: &'a Pkcs11,
        place: Place<'a>,
        passcode: &Passcode,
    ) -> Result<Self, CardError> {
        let state = slot_management::passcode_state(context, place)?;
        state.admit(passcode)?;
        let session = context.open_ro_session(place.slot).map_err(failed)?;
        let session = Self { context, place, session, state };
        session.log_in(UserType::User, passcode).map_err(|error| session.wrong(error))?;
        Ok(session)
    }

    /// A session that can write, in which nobody is logged in yet.
    pub fn writing(context: &'a Pkcs11, place: Place<'a>) -> Result<Self, CardError> {
        let state = slot_management::passcode_state(context, place)?;
        let session = context.open_rw_session(place.slot).map_err(failed)?;
        Ok(Self { context, place, session, state })
    }

    /// Gives a passcode, or the security officer's.
    pub fn log_in(&self, user: UserType, passcode: &Passcode) -> Result<(), Error> {
        match self.give(user, passcode) {
            // Someone left the module logged in; what was given now must be what is checked.
            Err(Error::Pkcs11(
                RvError::UserAlreadyLoggedIn | RvError::UserAnotherAlreadyLoggedIn,
                _,
            )) => {
                self.session.logout()?;
                self.give(user, passcode)
            }
            given => given,
        }
    }

    /// What was known of the passcode before it was given.
    pub fn state(&self) -> &PasscodeState {
        &self.state
    }

    /// Gives the passcode once more, for the one operation that was begun.
    pub fn authenticate_operation(&self, passcode: &Passcode) -> Result<(), CardError> {
        self.give(UserType::ContextSpecific, passcode).map_err(|error| self.wrong(error))
    }

    fn give(&self, user: UserType, passcode: &Passcode) -> Result<(), Error> {
        // Without a passcode the reader's PIN pad asks for it.
        let pin = (!self.state.pin_pad).then(|| AuthPin::new(passcode.expose().into()));
        self.session.login(user, pin.as_ref())
    }

    /// A wrong passcode with the tries that are left now.
    pub fn wrong(&self, error: Error) -> CardError {
        let too_long_or_short = matches!(error, Error::Pkcs11(RvError::PinLenRange, _));
        match failed(error) {
            CardError::PasscodeWrong { .. } if too_long_or_short && !self.state.pin_pad => {
                CardError::PasscodeLength { min: self.state.min_length, max: self.state.max_length }
            }
            CardError::PasscodeWrong { .. } => {
                // Some modules hold the card from login to logout, and PC/SC could not ask it.
                let _ = self.session.logout();
                slot_management::passcode_state(self.context, self.place)
                    .map_or(CardError::PasscodeWrong { tries_left: None }, |now| now.after_wrong())
            }
            other => other,
        }
    }
}

impl Deref for LoggedIn<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for LoggedIn<'_> {
    fn drop(&mut self) {
        let module_has = match self.session.logout() {
            Ok(()) => true,
            // A login that failed.
            Err(Error::Pkcs11(RvError::UserNotLoggedIn, _)) => true,
            Err(_) => false,
        };
        // A card that is gone has forgotten by itself.
        let _ = self.place.in_pcsc().map(|reader| piv::log_out_after(reader, module_has));
    }
}
