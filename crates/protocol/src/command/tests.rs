use serde_json::json;

use super::*;
use crate::{
    Capability,
    limits::{MAX_AUTHORIZE_REQUEST, MAX_DOCUMENT},
    version,
};

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
fn a_request_of_authorize_has_the_shape_of_a_compact_jws() {
    let refused = |request: &str| {
        let outcome = Command::parse("authorize", json!({"request": request}));
        outcome.err().map(|fault| fault.code)
    };
    assert_eq!(refused("eyJh.e30.c2ln-_"), None);
    for request in ["", "a.b", "a.b.c.d", "a..c", "a.b.", "a.b.c=", "a.b.c ", "a.b.ç"] {
        assert_eq!(refused(request), Some(ErrorCode::ArgumentInvalid), "{request}");
    }
    let longest = format!("a.b.{}", "c".repeat(MAX_AUTHORIZE_REQUEST - 4));
    assert_eq!(refused(&longest), None);
    assert_eq!(refused(&format!("{longest}c")), Some(ErrorCode::ArgumentInvalid));
}

#[test]
fn authorize_needs_its_own_capability_and_no_gesture() {
    let access = CommandName::Authorize.access();
    assert_eq!(access.capability, Some(Capability::Authorize));
    assert!(!access.gesture);
    let holders = CommandName::ALL
        .iter()
        .filter(|command| command.access().capability == Some(Capability::Authorize));
    assert_eq!(holders.collect::<Vec<_>>(), [&CommandName::Authorize]);
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

#[test]
fn a_timestamp_is_asked_for_only_where_there_is_a_place_for_it() {
    let reason = |format: &str, more: Value| {
        let document =
            json!({"id": "a", "name": "A", "mediaType": "text/plain", "content": "aGk="});
        let mut args = json!({
            "key": "0123456789abcdef", "format": format, "documents": [document],
            "timestamp": true,
        });
        let more = more.as_object().unwrap().clone();
        args.as_object_mut().unwrap().extend(more);
        Command::parse("sign", args).err().map(|fault| fault.details["reason"].to_string())
    };
    for format in ["cades", "jades", "xades"] {
        assert_eq!(reason(format, json!({})), None, "{format}");
    }
    assert_eq!(reason("jades", json!({"serialization": "json"})), None);
    let compact = reason("jades", json!({"serialization": "compact"})).unwrap();
    assert!(compact.contains("serialization: a timestamp needs json"), "{compact}");
    for format in ["eps", "eps_digest", "jws", "raw", "xmldsig"] {
        let refused = reason(format, json!({})).unwrap();
        assert!(refused.contains("timestamp: only with the formats"), "{format}: {refused}");
    }
}

#[test]
fn a_document_says_how_large_it_is_where_it_follows_in_chunks() {
    let parse = |document: Value| {
        let args = json!({"key": "0123456789abcdef", "format": "cades", "documents": [document]});
        Command::parse("sign", args)
    };
    let of = |size: Value| json!({"id": "a", "name": "A", "mediaType": "text/plain", "size": size});
    let Ok(Command::Sign(args)) = parse(of(json!(MAX_DOCUMENT))) else { panic!("refused") };
    assert_eq!((args.documents[0].length(), args.version()), (MAX_DOCUMENT, version::CHUNKS));
    let too_large = parse(of(json!(MAX_DOCUMENT + 1))).unwrap_err();
    assert_eq!(too_large.code, ErrorCode::DocumentTooLarge);
    assert_eq!(too_large.details["limit"], MAX_DOCUMENT);
    assert_eq!(parse(of(json!(u64::MAX))).unwrap_err().code, ErrorCode::DocumentTooLarge);
    for size in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null)] {
        assert_eq!(parse(of(size)).unwrap_err().code, ErrorCode::ArgumentInvalid);
    }
    let mut both = of(json!(5));
    both["content"] = json!("aGVsbG8=");
    assert_eq!(parse(both).unwrap_err().code, ErrorCode::ArgumentInvalid);
}
