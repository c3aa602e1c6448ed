use super::*;

#[test]
fn errors_cross_the_pipe_unchanged_and_their_names_are_stable() {
    let failed = CardError::ModuleFailed {
        function: "C_Sign".to_owned(),
        code: Some("GeneralError".to_owned()),
    };
    let errors = [
        (CardError::CardRemoved, r#""card_removed""#),
        (
            CardError::PasscodeWrong { tries_left: Some(2) },
            r#"{"passcode_wrong":{"tries_left":2}}"#,
        ),
        (CardError::PasscodeLength { min: 4, max: 8 }, r#"{"passcode_length":{"min":4,"max":8}}"#),
        (failed, r#"{"module_failed":{"function":"C_Sign","code":"GeneralError"}}"#),
    ];
    for (error, json) in errors {
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
        assert_eq!(serde_json::from_str::<CardError>(json).unwrap(), error);
    }
}

#[test]
fn every_error_says_whose_it_is() {
    assert_eq!(CardError::DigestLength { length: 3 }.party(), Party::Bug);
    assert_eq!(CardError::CardBusy.party(), Party::Device);
    assert_eq!(CardError::PasscodeBlocked.party(), Party::User);
}
