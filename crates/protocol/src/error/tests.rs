use super::*;

#[test]
fn codes_are_unique_snake_case_and_sorted() {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
    assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
}

#[test]
fn every_code_says_what_and_what_to_do_in_sentences() {
    for code in ErrorCode::ALL {
        for sentence in [code.message(), code.remedy()] {
            assert!(sentence.ends_with('.') && sentence.len() >= 10, "{code}: {sentence}");
        }
    }
}

#[test]
fn a_fault_travels_with_its_facts() {
    let fault = Fault::new(ErrorCode::PasscodeWrong).with("triesLeft", 2);
    let json = serde_json::to_value(&fault).unwrap();
    assert_eq!(json["code"], "passcode_wrong");
    assert_eq!(json["details"]["triesLeft"], 2);
    assert_eq!(serde_json::from_value::<Fault>(json).unwrap(), fault);
}

#[test]
fn parties_have_the_names_of_the_wire() {
    for party in ErrorCode::ALL.iter().map(|code| code.party()) {
        assert_eq!(serde_json::to_value(party).unwrap(), party.as_str());
    }
}
