use super::*;

fn state() -> PasscodeState {
    PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() }
}

fn admitted(state: PasscodeState, passcode: &str) -> Result<(), CardError> {
    state.admit(&Passcode::new(passcode.to_owned()))
}

#[test]
fn a_passcode_of_impossible_length_is_kept_from_the_card() {
    let refused = Err(CardError::PasscodeLength { min: 4, max: 8 });
    assert_eq!(admitted(state(), ""), refused);
    assert_eq!(admitted(state(), "123"), refused);
    assert_eq!(admitted(state(), "123456789"), refused);
    // Bytes count: three characters here, six bytes there.
    assert_eq!(admitted(state(), "äöü"), Ok(()));
    assert_eq!(admitted(state(), "12345678"), Ok(()));
}

#[test]
fn at_a_pin_pad_nothing_is_typed_here() {
    assert_eq!(admitted(PasscodeState { pin_pad: true, ..state() }, ""), Ok(()));
}

#[test]
fn a_blocked_card_is_not_tried() {
    let blocked = PasscodeState { blocked: true, ..state() };
    assert_eq!(admitted(blocked, "1234"), Err(CardError::PasscodeBlocked));
    let pad = PasscodeState { pin_pad: true, ..blocked };
    assert_eq!(admitted(pad, ""), Err(CardError::PasscodeBlocked));
}

#[test]
fn a_wrong_passcode_tells_the_tries_that_are_known() {
    let wrong = |state: PasscodeState| state.after_wrong();
    assert_eq!(wrong(state()), CardError::PasscodeWrong { tries_left: None });
    let counted = PasscodeState { tries_left: Some(2), ..state() };
    assert_eq!(wrong(counted), CardError::PasscodeWrong { tries_left: Some(2) });
    let flagged = PasscodeState { last_try: true, ..state() };
    assert_eq!(wrong(flagged), CardError::PasscodeWrong { tries_left: Some(1) });
    let blocked = PasscodeState { blocked: true, tries_left: Some(0), ..state() };
    assert_eq!(wrong(blocked), CardError::PasscodeBlocked);
}
