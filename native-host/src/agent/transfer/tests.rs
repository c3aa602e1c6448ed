use std::{thread, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wardkey_protocol::{
    ErrorCode,
    limits::{CHUNK, CHUNK_WINDOW, CHUNKS_UNASKED, MAX_READ_DOCUMENT, MAX_UNASKED},
};

use crate::agent::testing::{CLINIC, SoftRelay, World};

/// A call for documents of these sizes, by id.
fn sign(relay: &mut SoftRelay, id: u32, format: &str, sizes: &[(&str, usize)]) {
    let documents: Vec<Value> = sizes
        .iter()
        .map(|(id, size)| {
            json!({"id": id, "name": id, "mediaType": "application/dicom", "size": size})
        })
        .collect();
    let args = json!({"key": format!("{id:0>16}"), "format": format, "documents": documents});
    relay.post(&json!({"v": 2, "id": id, "command": "sign", "args": args}));
}

/// Octets that differ everywhere.
fn octets(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place % 251) as u8 ^ (place / 251) as u8).collect()
}

fn code(frame: &Value) -> &str {
    frame["error"]["code"].as_str().unwrap_or("no error")
}

fn reason(frame: &Value) -> &str {
    frame["error"]["details"]["reason"].as_str().unwrap_or_default()
}

#[test]
fn documents_come_in_chunks_and_are_hashed_as_they_come() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let (scan, note) = (octets(CHUNK * 20 + 3), octets(1000));
    sign(&mut relay, 1, "cades", &[("scan", scan.len()), ("note", note.len())]);
    let chunks = scan.chunks(CHUNK).map(|chunk| ("scan", chunk)).chain([("note", &note[..])]);
    let mut credit = CHUNKS_UNASKED;
    for (number, (document, chunk)) in (0..).zip(chunks) {
        while number >= credit {
            let frame = relay.next();
            assert_eq!(frame["id"], 1);
            credit = u32::try_from(frame["credit"].as_u64().unwrap()).unwrap();
            assert!(credit <= number + CHUNK_WINDOW);
        }
        relay.chunk(1, document, number, chunk);
    }
    // The scripted card holds no certificate for content; what was received is on the record.
    assert_eq!(code(&relay.end().1), "certificate_wrong_usage");
    let record = world.audit("sign");
    let hex = |octets: &[u8]| base16ct::lower::encode_string(&Sha256::digest(octets));
    let digests = [hex(&scan), hex(&note)];
    assert_eq!(record[0]["digests"], json!(digests));
}

#[test]
fn whatever_is_not_due_ends_the_call_at_once() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let whole = octets(CHUNK);
    type Wrong = fn(&mut SoftRelay, u32, &[u8]);
    let wrongs: [(Wrong, &str); 8] = [
        (|relay, id, whole| relay.chunk(id, "a", 1, whole), "another number is due"),
        (|relay, id, whole| relay.chunk(id, "b", 0, whole), "another document is due"),
        (|relay, id, whole| relay.chunk(id, "z", 0, whole), "another document is due"),
        (|relay, id, whole| relay.chunk(id, "a", 0, &whole[1..]), "another length is due"),
        (
            |relay, id, whole| relay.chunk(id, "a", 0, &[whole, &[1]].concat()),
            "another length is due",
        ),
        (|relay, id, _| relay.chunk(id, "a", 0, &[]), "another length is due"),
        (|relay, id, _| relay.post(&json!({"id": id, "chunk": {}})), "missing field `document`"),
        (|relay, id, _| relay.post(&json!({"id": id, "credit": 9})), "no credit is due"),
    ];
    for (id, (wrong, why)) in (1..).zip(wrongs) {
        sign(&mut relay, id, "jades", &[("a", 2 * CHUNK), ("b", CHUNK)]);
        assert_eq!(relay.next(), json!({"id": id, "credit": 3}));
        wrong(&mut relay, id, &whole);
        let (ended, frame) = relay.end();
        assert_eq!((ended, code(&frame)), (u64::from(id), "chunk_invalid"), "{frame}");
        assert!(reason(&frame).starts_with(why), "{why}: {frame}");
    }
    assert_eq!(world.user().windows, 0);
    // Of a call that is none, too, and the port goes on.
    relay.chunk(900, "a", CHUNKS_UNASKED, &whole);
    let (ended, frame) = relay.end();
    assert_eq!((ended, code(&frame)), (900, "chunk_invalid"));
    relay.post(&json!({"v": 2, "id": 901, "command": "status", "args": {}}));
    assert_eq!(relay.end().1["ok"]["limits"]["documents"], 250);
}

#[test]
fn one_chunk_too_many_ends_a_call_whose_dialog_is_open() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let whole = octets(CHUNK);
    sign(&mut relay, 1, "cades", &[("a", 2 * CHUNK + 5)]);
    assert_eq!(relay.next(), json!({"id": 1, "credit": 3}));
    for (number, chunk) in (0..).zip([&whole[..], &whole, b"12345", b"6"]) {
        relay.chunk(1, "a", number, chunk);
    }
    let (_, frame) = relay.end();
    // The card may have been asked before the second chunk came.
    assert!(["chunk_invalid", "certificate_wrong_usage"].contains(&code(&frame)), "{frame}");
}

#[test]
fn a_page_that_stops_is_told_and_what_came_is_let_go() {
    let world = World::with_chunk_timeout(Duration::from_secs(2));
    let mut relay = world.relay(CLINIC);
    sign(&mut relay, 1, "jades", &[("a", MAX_READ_DOCUMENT)]);
    relay.next();
    relay.chunk(1, "a", 0, &octets(CHUNK));
    assert_eq!(code(&relay.end().1), "transfer_stalled");
    // The same act can be begun anew.
    sign(&mut relay, 1, "jades", &[("a", MAX_READ_DOCUMENT)]);
    assert_eq!(relay.next(), json!({"id": 1, "credit": CHUNK_WINDOW}));
    assert_eq!(world.audit("sign")[0]["outcome"], "transfer_stalled");
}

#[test]
fn a_call_that_is_given_up_and_a_page_that_goes_free_what_they_hold() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let is_free = || world.agent.held.is_empty();
    sign(&mut relay, 1, "jades", &[("a", MAX_READ_DOCUMENT)]);
    relay.next();
    relay.chunk(1, "a", 0, &octets(CHUNK));
    assert!(!is_free());
    relay.post(&json!({"cancel": 1}));
    assert_eq!(code(&relay.end().1), "cancelled");
    // A chunk that was on its way has no call any more.
    relay.chunk(1, "a", CHUNKS_UNASKED, &octets(CHUNK));
    assert_eq!(code(&relay.end().1), "chunk_invalid");
    until(is_free);

    sign(&mut relay, 2, "jades", &[("a", MAX_READ_DOCUMENT)]);
    relay.next();
    relay.close();
    until(|| world.audit("sign").len() == 2);
    until(is_free);
    // The relay itself goes.
    let mut other = world.relay(CLINIC);
    sign(&mut other, 3, "jades", &[("a", MAX_READ_DOCUMENT)]);
    other.next();
    drop(other);
    until(|| world.audit("sign").len() == 3);
    until(is_free);
    assert_eq!(world.audit("sign")[2]["outcome"], ErrorCode::Cancelled.as_str());
}

#[test]
fn fifty_calls_at_once_hold_no_more_than_one_may() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    for id in 1..=50 {
        sign(&mut relay, id, "jades", &[("a", MAX_READ_DOCUMENT)]);
    }
    let mut under_way = 0;
    for _ in 0..50 {
        let frame = relay.next();
        if frame.get("credit").is_some() {
            under_way += 1;
        } else {
            assert_eq!(code(&frame), "transfers_full", "{frame}");
            assert_eq!(frame["error"]["details"]["of"], "page");
        }
    }
    assert_eq!(under_way, 128 * 1024 * 1024 / MAX_READ_DOCUMENT);
    // Two calls side by side are no two documents of one.
    let mut relay = world.relay(CLINIC);
    sign(&mut relay, 101, "cades", &[("a", 5 * CHUNK)]);
    sign(&mut relay, 102, "cades", &[("a", 5 * CHUNK)]);
    let _credits = [relay.next(), relay.next()];
    let whole = octets(CHUNK);
    for number in 0..5 {
        relay.chunk(101, "a", number, &whole);
        relay.chunk(102, "a", number, &whole);
    }
    let codes = [relay.end(), relay.end()].map(|(_, frame)| code(&frame).to_owned());
    let known = ["certificate_wrong_usage", "busy"];
    assert!(codes.iter().all(|code| known.contains(&code.as_str())), "{codes:?}");
}

#[test]
fn an_older_request_has_no_chunks() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let document = json!({"id": "a", "name": "a", "mediaType": "text/plain", "size": 5});
    let args = json!({"key": "0123456789abcdef", "format": "cades", "documents": [document]});
    relay.post(&json!({"v": 1, "id": 1, "command": "sign", "args": args}));
    assert_eq!(code(&relay.end().1), "argument_invalid");
}

fn until(is_so: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it is not so");
}

#[test]
fn the_first_chunks_need_not_be_asked_for() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let scan = octets(CHUNK + 3);
    sign(&mut relay, 1, "cades", &[("scan", scan.len())]);
    for (number, chunk) in (0..).zip(scan.chunks(CHUNK)) {
        relay.chunk(1, "scan", number, chunk);
    }
    // The very next message, and no credit before it.
    assert_eq!(code(&relay.next()), "certificate_wrong_usage");
    let digest = base16ct::lower::encode_string(&Sha256::digest(&scan));
    assert_eq!(world.audit("sign")[0]["digests"], json!([digest]));
    assert!(world.agent.early.is_empty());
}

#[test]
fn a_call_that_is_refused_at_once_says_why_whatever_still_comes_for_it() {
    let world = World::new();
    let mut relay = world.relay("https://nobody.example");
    let whole = octets(CHUNK);
    for id in 1..50 {
        sign(&mut relay, id, "cades", &[("scan", 2 * CHUNK)]);
        for number in 0..CHUNKS_UNASKED {
            relay.chunk(id, "scan", number, &whole);
        }
    }
    let mut told: Vec<_> = (1..50).map(|_| relay.end()).collect();
    told.sort_by_key(|(id, _)| *id);
    for (id, (told, frame)) in (1..).zip(told) {
        assert_eq!((told, code(&frame)), (id, "origin_not_admitted"), "{frame}");
    }
    assert!(world.agent.early.is_empty());
}

#[test]
fn more_unasked_than_may_come_is_told_and_not_held() {
    let world = World::new();
    let mut relay = world.relay(CLINIC);
    let whole = octets(CHUNK);
    // Acts with the key of one that waits for its document do not get to theirs.
    let again = |relay: &mut SoftRelay, id: u32| {
        let size = if id == 4 { 5 } else { 9 * CHUNK };
        let document = json!({"id": "a", "name": "a", "mediaType": "text/plain", "size": size});
        let args =
            json!({"key": format!("{:0>16}", 1), "format": "jades", "documents": [document]});
        relay.post(&json!({"v": 2, "id": id, "command": "sign", "args": args}));
    };
    again(&mut relay, 1);
    assert_eq!(relay.next(), json!({"id": 1, "credit": 8}));
    let fit = u32::try_from(MAX_UNASKED[0] / CHUNK).unwrap() / CHUNKS_UNASKED;
    for id in 2..2 + fit {
        again(&mut relay, id);
    }
    again(&mut relay, 99);
    let (ended, frame) = relay.end();
    assert_eq!((ended, code(&frame)), (99, "transfers_full"), "{frame}");
    for number in 0..=CHUNKS_UNASKED {
        relay.chunk(2, "a", number, &whole);
    }
    relay.chunk(3, "a", 0, &[&whole[..], &[1]].concat());
    relay.chunk(5, &"a".repeat(513), 0, &whole);
    // No more is held than was said to come.
    relay.chunk(4, "a", 0, b"12345");
    relay.chunk(4, "a", 1, &whole);
    for id in [1].into_iter().chain(6..2 + fit) {
        relay.post(&json!({"cancel": id}));
    }
    let mut told: Vec<_> = (0..=fit)
        .map(|_| {
            let (id, frame) = relay.end();
            (id, code(&frame).to_owned(), reason(&frame).to_owned())
        })
        .collect();
    told.sort();
    assert_eq!(told[1], (2, "chunk_invalid".to_owned(), "beyond the credit".to_owned()));
    assert_eq!(told[2], (3, "chunk_invalid".to_owned(), "another length is due".to_owned()));
    assert_eq!(told[3], (4, "chunk_invalid".to_owned(), "another length is due".to_owned()));
    assert_eq!(told[4], (5, "chunk_invalid".to_owned(), "another document is due".to_owned()));
    assert!(told.iter().filter(|(id, ..)| !(2..=5).contains(id)).all(|one| one.1 == "cancelled"));
    assert!(world.agent.early.is_empty());
}
