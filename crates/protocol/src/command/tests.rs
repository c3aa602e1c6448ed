use serde_json::json;

use super::*;

#[test]
fn every_name_is_found_again() {
    for name in CommandName::ALL {
        assert_eq!(CommandName::from_name(name.as_str()), Some(*name));
        assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
    }
}

#[test]
fn unknown_commands_and_fields_have_codes_of_their_own() {
    let code = |name: &str, args| Command::parse(name, args).unwrap_err().code;
    assert_eq!(code("open_sesame", json!({})), ErrorCode::CommandUnknown);
    assert_eq!(code("status", json!({"verbose": true})), ErrorCode::ArgumentInvalid);
    assert_eq!(code("status", json!([])), ErrorCode::ArgumentInvalid);
    assert_eq!(code("authenticate", json!({"nonce": "short"})), ErrorCode::ArgumentInvalid);
    assert_eq!(code("authenticate", json!({})), ErrorCode::ArgumentInvalid);
}

#[test]
fn sign_is_checked_before_anyone_sees_it() {
    let document = json!({"id": "a", "name": "A", "mediaType": "text/plain", "content": "aGk="});
    let args = json!({"key": "0123456789abcdef", "format": "raw", "documents": [document]});
    assert!(Command::parse("sign", args.clone()).is_ok());

    let mut twice = args.clone();
    twice["documents"] = json!([document, document]);
    assert_eq!(Command::parse("sign", twice).unwrap_err().code, ErrorCode::ArgumentInvalid);

    let mut none = args.clone();
    none["documents"] = json!([]);
    assert_eq!(Command::parse("sign", none).unwrap_err().code, ErrorCode::ArgumentInvalid);

    let mut large = args;
    large["documents"][0]["content"] = json!("AAAA".repeat(100_000));
    assert_eq!(Command::parse("sign", large).unwrap_err().code, ErrorCode::DocumentTooLarge);
}
