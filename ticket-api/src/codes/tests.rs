use super::*;

#[test]
fn every_code_of_the_protocol_has_one_here() {
    let there: Vec<ErrorCode> = TABLE.iter().map(|(code, _)| *code).collect();
    assert_eq!(there, ErrorCode::ALL);
    let not_admitted = Failure::from(Fault::from(ErrorCode::ProgramNotAdmitted));
    assert_eq!(not_admitted.code, Code::RESOURCE_NOT_AVAILABLE);
    let said = not_admitted.said.unwrap();
    assert!(said.ends_with("by policy. (program_not_admitted)"), "{said}");
}
