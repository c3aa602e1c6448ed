use super::*;

#[test]
fn an_error_has_a_code_of_its_own_or_that_of_its_party() {
    for (error, code) in [
        (ErrorCode::UserCancelled, Code::USER_ABORT),
        (ErrorCode::PasscodeBlocked, Code::PIN_BLOCKED),
        (ErrorCode::CardRemoved, Code::CARD_TRANSACTION_FAILED),
        (ErrorCode::ServerUnreachable, Code::AUTHSERVER_NOT_AVAILABLE),
        (ErrorCode::ProgramNotAdmitted, Code::RESOURCE_NOT_AVAILABLE),
        (ErrorCode::GestureRequired, Code::INTERNAL_ERROR),
    ] {
        assert_eq!(code_of(error), code, "{error}");
    }
    assert!(ErrorCode::ALL.iter().all(|error| code_of(*error) != Code::SUCCESS));
    let said = Failure::from(Fault::from(ErrorCode::ProgramNotAdmitted)).said.unwrap();
    assert!(said.ends_with("by policy. (program_not_admitted)"), "{said}");
}
