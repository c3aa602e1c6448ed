use super::*;

#[test]
fn origins_are_kept_as_written() {
    for text in [
        "https://ward.example",
        "https://ward.example:8443",
        "http://localhost:8080",
        "https://xn--pike-loa.example",
        "https://[::1]:8443",
    ] {
        assert_eq!(Origin::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn anything_else_is_refused() {
    for (text, error) in [
        ("null", OriginError::Opaque),
        ("chrome-extension://abc", OriginError::Scheme),
        ("https://Ward.example", OriginError::Malformed),
        ("https://ward.example/", OriginError::Malformed),
        ("https://ward.example:443", OriginError::Malformed),
        ("https://ward.example:0", OriginError::Malformed),
        ("https://ward.example:99999", OriginError::Malformed),
        ("https://user@ward.example", OriginError::Malformed),
        ("https://pïke.example", OriginError::Malformed),
        ("https://", OriginError::Malformed),
        ("https://a..b", OriginError::Malformed),
        ("ward.example", OriginError::Malformed),
    ] {
        assert_eq!(Origin::parse(text), Err(error), "{text}");
    }
    assert_eq!(Origin::parse(&format!("https://{}", "a".repeat(300))), Err(OriginError::Malformed));
}

#[test]
fn loopback_is_told_from_its_imitations() {
    assert!(Origin::parse("http://localhost:1").unwrap().is_http_loopback());
    assert!(!Origin::parse("http://localhost.example").unwrap().is_http_loopback());
    assert!(!Origin::parse("https://localhost").unwrap().is_http_loopback());
    for here in ["https://localhost:8443", "https://id.localhost", "http://127.0.0.1:1"] {
        assert!(Origin::parse(here).unwrap().is_loopback(), "{here}");
    }
    for elsewhere in ["https://localhost.example", "https://127.0.0.1.example", "https://[::2]"] {
        assert!(!Origin::parse(elsewhere).unwrap().is_loopback(), "{elsewhere}");
    }
}
