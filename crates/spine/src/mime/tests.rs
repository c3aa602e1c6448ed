use proptest::prelude::*;

use super::{MimeError, unwrap_cms, wrap_cms};

#[test]
fn line_ends_order_and_case_of_headers_do_not_matter() {
    let part =
        "content-transfer-encoding: BASE64\r\nContent-Type: application/pkcs7-mime\r\n\r\nMAA=\r\n";
    assert_eq!(unwrap_cms(part.as_bytes()), Ok(vec![0x30, 0]));
}

#[test]
fn what_is_not_cms_in_mime_is_refused() {
    let good = wrap_cms(&[0x30, 0]);
    for (from, to, error) in [
        ("x-pkcs7-mime", "octet-stream", MimeError::Header("Content-Type")),
        ("Content-Type", "Content-Kind", MimeError::Header("Content-Type")),
        (": base64", ": quoted-printable", MimeError::Header("Content-Transfer-Encoding")),
        ("MAA=", "M A A *", MimeError::Content),
        ("MAA=\n", "", MimeError::Content),
        ("\n\n", "\n", MimeError::NotMime),
        ("\n\n", "\nContent-Type: text/plain\n\n", MimeError::Header("Content-Type")),
    ] {
        assert_eq!(unwrap_cms(good.replace(from, to).as_bytes()), Err(error), "{to}");
    }
    assert_eq!(unwrap_cms(&[0xFF; 8]), Err(MimeError::NotMime));
    assert_eq!(unwrap_cms(&vec![b'a'; 128 * 1024 + 1]), Err(MimeError::TooLarge));
}

proptest! {
    #[test]
    fn what_was_wrapped_is_unwrapped(cms in proptest::collection::vec(any::<u8>(), 1..300)) {
        prop_assert_eq!(unwrap_cms(wrap_cms(&cms).as_bytes()), Ok(cms));
    }

    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = unwrap_cms(&octets);
    }
}
