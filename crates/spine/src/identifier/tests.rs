use super::{DeviceId, LogSessionId, UserId};

#[test]
fn identifiers_hold_their_forms() {
    assert_eq!(UserId::parse("555000000101").unwrap().as_str(), "555000000101");
    for text in ["", "55500000010", "5550000001011", "55500000010a", "55500000010٣"] {
        assert!(UserId::parse(text).is_err(), "{text}");
    }
    for text in ["", "a b", "<a>", &"a".repeat(65)] {
        assert!(LogSessionId::parse(text).is_err(), "{text}");
    }
    assert!(DeviceId::parse("a\u{e9}").is_err());
    assert!(DeviceId::parse("a\nb").is_err());
}

#[test]
fn new_ones_read_back() {
    let id = LogSessionId::generate(&[0, 31, 32, 63, 64, 100, 200, 250, 254, 255]);
    assert_eq!(id.as_str().len(), 10);
    assert_eq!(LogSessionId::parse(id.as_str()).unwrap(), id);
    let device = DeviceId::new("ward-7 désk", "192.0.2.7".parse().unwrap());
    assert_eq!(device.as_str(), "ward7dsk,ClientIP=192.0.2.7");
    assert_eq!(DeviceId::parse(device.as_str()).unwrap(), device);
    assert_eq!(DeviceId::new("", "::1".parse().unwrap()).as_str(), "00000000,ClientIP=::1");
}
