use super::*;

const SIZE: u64 = CHUNK as u64;

fn piece(document: &str, number: u32, length: usize) -> Piece {
    Piece { document: document.to_owned(), number, octets: Base64(vec![7; length]) }
}

fn reason(due: &mut Due, piece: &Piece) -> String {
    let fault = due.take(piece).unwrap_err();
    assert_eq!(fault.code, ErrorCode::ChunkInvalid);
    fault.details["reason"].as_str().unwrap().to_owned()
}

#[test]
fn documents_come_one_after_the_other_and_end_where_they_said() {
    let mut due = Due::new([("a".to_owned(), SIZE + 1), ("b".to_owned(), SIZE)]);
    assert_eq!(due.credit(), 3);
    let ends = |taken: Taken| (taken.document_ends, taken.all);
    assert_eq!(ends(due.take(&piece("a", 0, CHUNK)).unwrap()), (false, false));
    assert_eq!(ends(due.take(&piece("a", 1, 1)).unwrap()), (true, false));
    assert_eq!(ends(due.take(&piece("b", 2, CHUNK)).unwrap()), (true, true));
    assert_eq!(reason(&mut due, &piece("b", 3, 1)), "every document is whole");
}

#[test]
fn whatever_is_not_due_is_refused() {
    let begun = || {
        let mut due = Due::new([("a".to_owned(), 2 * SIZE + 5), ("b".to_owned(), 5)]);
        due.take(&piece("a", 0, CHUNK)).unwrap();
        due
    };
    for (wrong, why) in [
        (piece("a", 0, CHUNK), "another number is due"),
        (piece("a", 2, CHUNK), "another number is due"),
        (piece("b", 1, 5), "another document is due"),
        (piece("x", 1, CHUNK), "another document is due"),
        (piece("a", 1, CHUNK - 1), "another length is due"),
        (piece("a", 1, CHUNK + 1), "another length is due"),
        (piece("a", 1, 0), "another length is due"),
    ] {
        assert_eq!(reason(&mut begun(), &wrong), why);
    }
    // Nothing beyond the end of a document, and nothing less.
    let mut due = begun();
    due.take(&piece("a", 1, CHUNK)).unwrap();
    assert_eq!(reason(&mut due, &piece("a", 2, 6)), "another length is due");
    assert_eq!(reason(&mut due, &piece("a", 2, 4)), "another length is due");
}

#[test]
fn credit_grows_with_what_is_received_and_never_beyond_the_end() {
    let chunks = CHUNK_WINDOW * 4 + 1;
    let mut due = Due::new([("a".to_owned(), SIZE * u64::from(chunks))]);
    let mut credit = due.credit();
    assert_eq!(credit, CHUNK_WINDOW);
    for number in 0..chunks {
        assert!(number < credit, "the sender waits for ever");
        assert!(credit - number <= CHUNK_WINDOW, "more is under way than the window");
        if let Some(more) = due.take(&piece("a", number, CHUNK)).unwrap().credit {
            assert!(more > credit);
            credit = more;
        }
    }
    assert_eq!(credit, chunks);
}

#[test]
fn nothing_is_taken_beyond_the_credit() {
    let mut due = Due::new([("a".to_owned(), SIZE * 100)]);
    due.credit = 1;
    due.take(&piece("a", 0, CHUNK)).unwrap();
    due.credit = 1;
    assert_eq!(reason(&mut due, &piece("a", 1, CHUNK)), "beyond the credit");
}
