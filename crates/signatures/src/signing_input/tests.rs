use super::*;

#[test]
fn documents_are_taken_for_nothing() {
    let text = "a".repeat(64);
    let documents: [&[u8]; 8] = [
        b"",
        b"Rest, and drink plenty.",
        b"%PDF-1.7\n...",
        b"<note>Rest</note>",
        b"3.14 is no header",
        b"eyes. Look after them.",
        text.as_bytes(),
        b"0 tablets",
    ];
    for document in documents {
        assert_eq!(SigningInput::readings(document), [], "{}", String::from_utf8_lossy(document));
    }
}

#[test]
fn each_format_is_known_by_its_octets() {
    let attributes = [0x31, 0x04, 0x30, 0x02, 0x05, 0x00];
    assert_eq!(SigningInput::readings(&attributes), [SigningInput::CmsAttributes]);
    let request = [0x30, 0x03, 0x02, 0x01, 0x00];
    assert_eq!(SigningInput::readings(&request), [SigningInput::DerSequence]);
    let unencoded = b"eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2V9.any text. At all";
    assert_eq!(SigningInput::readings(unencoded), [SigningInput::Jws]);
    let mut tls = vec![0x20; 64];
    tls.extend_from_slice(b"TLS 1.3, client CertificateVerify\0");
    assert_eq!(SigningInput::readings(&tls), [SigningInput::TlsHandshake]);
    for length in [64, 96, 128] {
        assert_eq!(SigningInput::readings(&vec![0xe7; length]), [SigningInput::WebEid]);
    }
}

#[test]
fn a_jws_is_known_however_lax_its_reader() {
    let dressed = [
        "eyJhbGciOiJFUzI1NiJ9.",
        // Loose bits at the end, padding, white space, the other alphabet.
        "eyJhbGciOiJFUzI1NiIgfR.e30",
        "eyJhbGciOiJFUzI1NiIgfQ==.e30",
        "eyJhbGci\r\nOiJFUzI1NiJ9.e30",
        "ICAgeyAiYWxnIjogIj8/Pz8+Pj4+In0.e30",
        "ICAgeyAiYWxnIjogIj8_Pz8-Pj4-In0.e30",
    ];
    for token in dressed {
        assert_eq!(SigningInput::readings(token.as_bytes()), [SigningInput::Jws], "{token}");
    }
}

#[test]
fn xml_signatures_are_known_in_every_dress() {
    let dressed = [
        r#"<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#"></SignedInfo>"#,
        r#"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>"#,
        "<!-- c --> <x:Signature xmlns:x='http://www.w3.org/2000/09/xmldsig#'/>",
        "\u{FEFF}  <SignedInfo xmlns='http://www.w3.org/2000/09/xmldsig#'/>",
        "<!DOCTYPE SignedInfo><SignedInfo xmlns='http://www.w3.org/2000/09/xmldsig#'/>",
    ];
    for document in dressed {
        assert_eq!(
            SigningInput::readings(document.as_bytes()),
            [SigningInput::XmlSignature],
            "{document}"
        );
    }
    let enveloping = b"<note><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/></note>";
    assert_eq!(SigningInput::readings(enveloping), []);
}

#[test]
fn cut_or_followed_der_is_no_structure() {
    assert_eq!(SigningInput::readings(&[0x31, 0x05, 0x30, 0x02, 0x05, 0x00]), []);
    assert_eq!(SigningInput::readings(&[0x31, 0x02, 0x05, 0x00, 0x00]), []);
}
