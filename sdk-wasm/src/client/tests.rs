use serde_json::{Value, json};
use wardkey_protocol::Command;

use super::*;

fn open() -> Client {
    let mut client = Client::new();
    client.opened(&json!({"hello": {"version": 1, "extension": "0.1.0"}})).unwrap();
    client
}

fn code(outcome: &Outcome<Value>) -> &str {
    match outcome {
        Outcome::Failure { error, .. } => &error.code,
        other => panic!("{other:?}"),
    }
}

fn request(client: &mut Client, command: &str, args: Value) -> Result<Sent, Trouble<Value>> {
    let octets = u32::try_from(args.to_string().len()).unwrap();
    client.request(command, &args, octets)
}

fn receive(client: &mut Client, message: Value) -> Vec<Outcome<Value>> {
    client.receive(&message)
}

#[test]
fn a_call_goes_out_and_its_answer_comes_back_once() {
    let mut client = open();
    let sent = request(&mut client, "status", json!({})).unwrap();
    assert_eq!(sent, Sent { id: 1, v: 1 });
    let answer = json!({"id": sent.id, "ok": {"agent": "0.1.0", "protocol": 1}});
    let outcomes = receive(&mut client, answer.clone());
    assert_eq!(outcomes, [Outcome::Answer { id: sent.id, ok: answer["ok"].clone() }]);
    assert_eq!(receive(&mut client, answer), []);
}

#[test]
fn what_belongs_to_no_call_is_nothing() {
    let mut client = open();
    request(&mut client, "status", json!({})).unwrap();
    for message in [
        json!({"id": 2, "ok": {}}),
        json!({"id": -1, "ok": {}}),
        json!({"id": "1", "ok": {}}),
        json!({"error": {"code": "busy"}}),
        json!({"seq": 1, "event": "card_stolen", "data": {}}),
        json!({"seq": 0, "event": "card_removed", "data": {}}),
        json!({"forged": true}),
        json!([]),
        json!("ok"),
        Value::Null,
    ] {
        assert_eq!(receive(&mut client, message.clone()), [], "{message}");
    }
    assert_eq!(client.calls.len(), 1);
}

#[test]
fn an_answer_without_a_result_is_an_error_and_not_silence() {
    let mut client = open();
    for ok in [json!({}), json!({"ok": null}), json!({"ok": "yes"}), json!({"ok": []})] {
        let sent = request(&mut client, "status", json!({})).unwrap();
        let mut answer = ok;
        answer["id"] = json!(sent.id);
        assert_eq!(code(&receive(&mut client, answer)[0]), "internal");
    }
}

#[test]
fn what_cannot_be_sent_is_not() {
    let mut client = open();
    let refused =
        |client: &mut Client, command: &str, args| request(client, command, args).unwrap_err();
    assert_eq!(refused(&mut client, "open_sesame", json!({})).code, "command_unknown");
    let document = |id: u32| {
        json!({"id": id.to_string(), "name": "N", "mediaType": "text/plain",
               "content": "AAAA".repeat(60_000)})
    };
    let documents: Vec<_> = (0..5).map(document).collect();
    let args = json!({"key": "0123456789abcdef", "format": "raw", "documents": documents});
    let too_large = refused(&mut client, "sign", args);
    assert_eq!(too_large.code, "frame_too_large");
    assert_eq!(too_large.details, json!({"limit": MAX_ARGUMENTS}));
    assert!(client.calls.is_empty());
    assert_eq!(refused(&mut Client::new(), "status", json!({})).code, "internal");
}

#[test]
fn a_request_says_the_lowest_version_that_it_needs() {
    let document = |id: usize, size: Option<u32>| {
        let mut document = json!({"id": id.to_string(), "name": "N", "mediaType": "text/plain"});
        match size {
            Some(size) => document["size"] = json!(size),
            None => document["content"] = json!(""),
        }
        document
    };
    let args = |documents: Vec<Value>| json!({"key": "0123456789abcdef", "format": "cades", "documents": documents});
    let few = args(vec![document(0, None)]);
    let many = args((0..250).map(|id| document(id, None)).collect());
    let large = args(vec![document(0, Some(1_000_000))]);
    let version = |client: &mut Client, args: &Value| {
        let Ok(Command::Sign(read)) = Command::parse("sign", args.clone()) else {
            panic!("{args}")
        };
        let sent = request(client, "sign", args.clone())?;
        assert_eq!(sent.v, read.version());
        Ok::<_, Trouble<Value>>(sent.v)
    };
    let mut client = open();
    client.opened(&json!({"hello": {"version": 2, "extension": "0.1.0"}})).unwrap();
    for (args, expected) in [(&few, 1), (&many, 2), (&large, 2)] {
        assert_eq!(version(&mut client, args), Ok(expected));
    }
    // An extension of before says so, instead of swallowing chunks.
    let mut client = open();
    assert_eq!(version(&mut client, &few), Ok(1));
    for args in [&many, &large] {
        let refused = version(&mut client, args).unwrap_err();
        assert_eq!(refused.code, "version_mismatch");
        assert_eq!(refused.details["needed"], 2);
        assert_eq!(refused.details["extension"], "0.1.0");
    }
}

#[test]
fn chunks_come_in_order_and_credit_goes_back() {
    let mut client = open();
    let id = request(&mut client, "status", json!({})).unwrap().id;
    assert_eq!(
        receive(&mut client, json!({"id": id, "credit": 8})),
        [Outcome::Credit { id, credit: 8 }]
    );
    assert_eq!(receive(&mut client, json!({"id": id, "credit": -8})), []);
    let chunk = |number: u32| json!({"id": id, "chunk": {"document": "a", "number": number, "octets": "aGk="}});
    let mut allowed = CHUNK_WINDOW;
    for number in 0..3 * CHUNK_WINDOW {
        let outcomes = receive(&mut client, chunk(number));
        let [Outcome::Chunk { document, octets, credit, .. }] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        assert_eq!((document, octets), (&json!("a"), &json!("aGk=")));
        allowed = credit.unwrap_or(allowed);
        assert!(number + 1 < allowed && allowed - number - 1 <= CHUNK_WINDOW);
    }
    assert_eq!(code(&receive(&mut client, chunk(7))[0]), "internal");
    assert_eq!(receive(&mut client, chunk(24)), []);
}

#[test]
fn codes_of_a_newer_agent_reach_the_page() {
    let mut client = open();
    let sent = request(&mut client, "status", json!({})).unwrap();
    let error = json!({"code": "moon_full", "message": "M.", "remedy": "R."});
    let outcomes = receive(&mut client, json!({"id": sent.id, "error": error}));
    let [Outcome::Failure { error, .. }] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!((error.code.as_str(), error.message.as_str()), ("moon_full", "M."));
}

#[test]
fn a_call_that_was_given_up_is_not_answered() {
    let mut client = open();
    let sent = request(&mut client, "cards", json!({})).unwrap();
    assert!(client.cancel(sent.id));
    assert!(!client.cancel(sent.id));
    assert_eq!(receive(&mut client, json!({"id": sent.id, "ok": {}})), []);
}

#[test]
fn a_port_that_ends_ends_its_calls_each_in_its_way() {
    for (message, others) in [
        (json!({"closed": "agent_gone"}), "agent_unreachable"),
        (json!({"closed": "page_hidden"}), "cancelled"),
        (json!({"closed": "extension_gone"}), "extension_missing"),
        (json!({"closed": "for_lunch"}), "extension_missing"),
    ] {
        let mut client = open();
        request(&mut client, "cards", json!({})).unwrap();
        let document = json!({"id": "a", "name": "A", "mediaType": "text/plain", "content": ""});
        let args = json!({"key": "0123456789abcdef", "format": "eps", "documents": [document]});
        request(&mut client, "sign", args).unwrap();
        let outcomes = receive(&mut client, message);
        assert_eq!(code(&outcomes[0]), others);
        assert_eq!(code(&outcomes[1]), "outcome_unknown");
        assert!(matches!(outcomes[2], Outcome::Closed { .. }));
        assert_eq!(outcomes.len(), 3);
        client.opened(&json!({"hello": {"version": 1, "extension": "0.1.0"}})).unwrap();
        assert_eq!(request(&mut client, "status", json!({})).unwrap().id, 3);
    }
}

#[test]
fn events_come_in_order_and_once() {
    let mut client = open();
    subscribe(&mut client, json!({"seq": 4, "cardPresent": true}));
    let event =
        |seq: u32| json!({"seq": seq, "event": "card_removed", "data": {"cardPresent": false}});
    assert_eq!(receive(&mut client, event(4)), []);
    assert_eq!(receive(&mut client, event(5)).len(), 1);
    assert_eq!(receive(&mut client, event(5)), []);
}

#[test]
fn what_a_broken_road_hid_is_told() {
    let mut client = open();
    subscribe(&mut client, json!({"seq": 0, "cardPresent": true}));
    let sent = request(&mut client, "sign_in", json!({})).unwrap();
    receive(&mut client, json!({"id": sent.id, "ok": {"session": {}}}));
    let outcomes = receive(&mut client, json!({"closed": "agent_gone"}));
    let suspended =
        Outcome::Event { event: EventName::SessionChanged, data: json!({"state": "suspended"}) };
    assert_eq!(outcomes.last(), Some(&suspended));
    assert!(!client.is_subscribed());

    client.opened(&json!({"hello": {"version": 1, "extension": "0.1.0"}})).unwrap();
    let outcomes = subscribe(&mut client, json!({"seq": 0, "cardPresent": false}));
    let removed =
        Outcome::Event { event: EventName::CardRemoved, data: json!({"cardPresent": false}) };
    assert_eq!(outcomes[0], removed);
    assert_eq!(client.closed::<Value>(CloseCause::PageHidden).len(), 1);
}

#[test]
fn an_origin_without_a_grant_is_not_subscribed() {
    let mut client = open();
    let sent = request(&mut client, "subscribe", json!({})).unwrap();
    receive(&mut client, json!({"id": sent.id, "ok": {"seq": 0}}));
    assert!(!client.is_subscribed());
}

#[test]
fn a_port_without_a_common_version_is_refused() {
    let refused = |greeting| Client::new().opened(&greeting).unwrap_err().code;
    assert_eq!(refused(json!({"hello": {"extension": "9.0.0"}})), "version_mismatch");
    assert_eq!(refused(json!({"hello": {"version": 9, "extension": "9.0.0"}})), "version_mismatch");
    assert_eq!(refused(json!({"error": {"code": "context_insecure"}})), "context_insecure");
    assert_eq!(refused(json!({"id": 1, "ok": {}})), "message_malformed");
}

fn subscribe(client: &mut Client, snapshot: Value) -> Vec<Outcome<Value>> {
    let sent = request(client, "subscribe", json!({})).unwrap();
    let outcomes = receive(client, json!({"id": sent.id, "ok": snapshot}));
    assert!(client.is_subscribed());
    outcomes
}
