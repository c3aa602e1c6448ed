use super::*;

fn joined(how: Join, at: u32) -> Vec<u8> {
    join(b"<s></s>", b"\xff\xfe?", Joined { how, at }).unwrap()
}

#[test]
fn a_signature_and_its_document_are_joined_as_the_agent_says() {
    assert_eq!(joined(Join::Around, 3), b"<s>\xff\xfe?</s>");
    assert_eq!(joined(Join::AroundBase64, 3), b"<s>//4/</s>");
    assert_eq!(joined(Join::AroundBase64url, 3), b"<s>__4_</s>");
    assert_eq!(joined(Join::Within, 1), b"\xff<s></s>\xfe?");
    let beyond = join(b"", b"", Joined { how: Join::Around, at: 1 }).unwrap_err();
    assert_eq!(beyond.code, ErrorCode::Internal);
}
