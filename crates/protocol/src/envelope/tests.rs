use serde_json::json;

use super::*;

#[test]
fn requests_and_cancels_are_told_apart() {
    let request = json!({"v": 1, "id": 7, "command": "status", "args": {}});
    assert!(matches!(FromPage::parse(request), Ok(FromPage::Request(Request { id: 7, .. }))));
    let cancel = FromPage::parse(json!({"cancel": 7}));
    assert_eq!(cancel, Ok(FromPage::Cancel(Cancel { cancel: 7 })));
    let chunk = json!({"id": 7, "chunk": {"document": "a", "number": 0, "octets": "aGk="}});
    assert!(matches!(FromPage::parse(chunk), Ok(FromPage::Chunk(Chunk { id: 7, .. }))));
    let credit = FromPage::parse(json!({"id": 7, "credit": 4}));
    assert_eq!(credit, Ok(FromPage::Credit(Credit { id: 7, credit: 4 })));
}

#[test]
fn causes_have_the_names_of_the_wire() {
    for cause in [CloseCause::AgentGone, CloseCause::ExtensionGone, CloseCause::PageHidden] {
        assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
        assert_eq!(CloseCause::from_name(cause.as_str()), Some(cause));
    }
    assert_eq!(CloseCause::from_name("for_lunch"), None);
}

#[test]
fn chunks_that_are_none_have_a_code_of_their_own() {
    let piece = json!({"document": "a", "number": 0, "octets": "aGk="});
    let with = |name: &str, value: serde_json::Value| {
        let mut piece = piece.clone();
        piece[name] = value;
        json!({"id": 7, "chunk": piece})
    };
    for frame in [
        json!({"id": 7, "chunk": null}),
        json!({"id": 7, "chunk": piece, "v": 2}),
        json!({"id": 7, "credit": -1}),
        json!({"id": 7, "credit": 1, "chunk": piece}),
        with("number", json!(-1)),
        with("number", json!(0.5)),
        with("octets", json!("aGk")),
        with("octets", json!("a Gk=")),
        with("octets", json!(null)),
        with("last", json!(true)),
    ] {
        let failure = FromPage::parse(frame.clone()).unwrap_err();
        assert_eq!((failure.id, failure.error.code), (Some(7), ErrorCode::ChunkInvalid), "{frame}");
    }
}

#[test]
fn malformed_messages_are_answered_with_their_id_where_it_can_be_read() {
    for (frame, id) in [
        (json!({"v": 1, "id": 7, "command": "status"}), Some(7)),
        (json!({"v": 1, "id": 7, "command": "status", "args": {}, "sender": "x"}), Some(7)),
        (json!({"v": 1, "id": -1, "command": "status", "args": {}}), None),
        (json!("status"), None),
        (json!(null), None),
        (json!({"cancel": 7, "id": 8}), Some(8)),
    ] {
        let failure = FromPage::parse(frame).unwrap_err();
        assert_eq!((failure.id, failure.error.code), (id, ErrorCode::MessageMalformed));
    }
}

#[test]
fn what_a_page_receives_is_told_apart_by_its_fields() {
    for frame in [
        json!({"id": 1, "ok": {}}),
        json!({"id": 1, "error": {"code": "busy", "message": "m", "remedy": "r"}}),
        json!({"id": 1, "progress": {"done": 1, "total": 2}}),
        json!({"id": 1, "chunk": {"document": "a", "number": 0, "octets": "aGk="}}),
        json!({"id": 1, "credit": 8}),
        json!({"closed": "agent_gone"}),
        json!({"seq": 1, "event": "card_removed", "data": {"reader": "R"}}),
    ] {
        let read: ToPage = serde_json::from_value(frame.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), frame);
    }
}
