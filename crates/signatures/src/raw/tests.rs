use super::*;
use crate::testing::Key;

#[test]
fn documents_are_admitted_and_signing_inputs_refused() {
    for document in [&b"Rest."[..], b"%PDF-1.7", b"<note/>", &[0xff; 63]] {
        assert_eq!(check(document), Ok(()));
    }
    assert_eq!(check(b""), Err(RawError::Empty));
    let refused: [(&[u8], SigningInput); 4] = [
        (&[0x31, 0x02, 0x05, 0x00], SigningInput::CmsAttributes),
        (b"eyJhbGciOiJub25lIn0.", SigningInput::Jws),
        (&[0x20; 98], SigningInput::TlsHandshake),
        (b"<SignedInfo xmlns='http://www.w3.org/2000/09/xmldsig#'/>", SigningInput::XmlSignature),
    ];
    for (document, reading) in refused {
        assert_eq!(check(document), Err(RawError::Foreign(reading)));
    }
    // The signed part of a certificate request would make a certificate for the signing key.
    let request = crate::tlv::tlv(0x30, &[&[2, 1, 0], &[0x30, 0], &Key::p256(1).spki()]);
    assert_eq!(check(&request), Err(RawError::Foreign(SigningInput::DerSequence)));
}
