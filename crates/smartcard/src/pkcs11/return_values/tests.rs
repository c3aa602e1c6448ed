use super::*;
use crate::pcsc::Readers;

fn of(value: RvError) -> CardError {
    failed(Error::Pkcs11(value, Function::Sign))
}

#[test]
fn a_failure_names_the_function_and_the_value() {
    let error = CardError::ModuleFailed {
        function: "C_Sign".to_owned(),
        code: Some("GeneralError".to_owned()),
    };
    assert_eq!(of(RvError::GeneralError), error);
    assert_eq!(error.to_string(), "C_Sign failed: GeneralError");
}

#[test]
fn what_the_user_did_is_the_users() {
    assert_eq!(of(RvError::FunctionCanceled), CardError::UserCancelled);
    // OpenSC's value for the cancel key of a PIN pad.
    assert_eq!(of(RvError::FunctionRejected), CardError::UserCancelled);
    assert_eq!(of(RvError::PinIncorrect), CardError::PasscodeWrong { tries_left: None });
    assert_eq!(of(RvError::PinLocked), CardError::PasscodeBlocked);
    assert_eq!(of(RvError::UserPinNotInitialized), CardError::PasscodeExpired);
}

#[test]
fn a_card_that_went_during_an_operation_was_removed() {
    let explain = |value| Readers::default().explain("no such reader", of(value));
    for value in [RvError::DeviceRemoved, RvError::SessionHandleInvalid, RvError::TokenNotPresent] {
        assert_eq!(explain(value), CardError::CardRemoved);
    }
    // Where PC/SC knows nothing, the module's word stands.
    assert_eq!(explain(RvError::GeneralError), of(RvError::GeneralError));
    assert_eq!(explain(RvError::PinLocked), CardError::PasscodeBlocked);
}

#[test]
fn what_a_card_cannot_do_is_named() {
    let unsupported = CardError::Unsupported("MechanismInvalid".to_owned());
    assert_eq!(of(RvError::MechanismInvalid), unsupported);
}
