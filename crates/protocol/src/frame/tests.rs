use super::*;

fn framed(length: u32, body: &[u8]) -> Vec<u8> {
    [&length.to_ne_bytes()[..], body].concat()
}

#[test]
fn frames_survive_the_trip_and_the_end_is_told_from_a_break() {
    let mut octets = Vec::new();
    write(&mut octets, b"{}", 10).unwrap();
    let mut stream = octets.as_slice();
    assert_eq!(read(&mut stream, 10).unwrap().unwrap(), b"{}");
    assert!(read(&mut stream, 10).unwrap().is_none());
    assert!(matches!(read(&mut &octets[..5], 10), Err(FrameError::Io(_))));
    assert!(matches!(read(&mut &octets[..2], 10), Err(FrameError::Io(_))));
}

#[test]
fn after_a_bad_frame_the_next_one_is_read() {
    let octets = [framed(0, b""), framed(12, &[b'x'; 12]), framed(2, b"{}")].concat();
    let mut stream = octets.as_slice();
    assert!(matches!(read(&mut stream, 10), Err(FrameError::Empty)));
    assert!(matches!(read(&mut stream, 10), Err(FrameError::TooLarge { length: 12, limit: 10 })));
    assert_eq!(read(&mut stream, 10).unwrap().unwrap(), b"{}");
}

#[test]
fn a_length_beyond_all_reason_closes_the_stream_without_an_allocation() {
    let octets = framed(u32::MAX, b"");
    assert!(matches!(read(&mut octets.as_slice(), 10), Err(FrameError::Io(_))));
    assert!(matches!(write(&mut Vec::new(), &[0; 11], 10), Err(FrameError::TooLarge { .. })));
}
