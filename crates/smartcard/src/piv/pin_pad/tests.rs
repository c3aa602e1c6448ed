use super::*;

struct Reader {
    features: Vec<u8>,
    asked: Vec<(u32, Vec<u8>)>,
}

impl Transmit for Reader {
    fn transmit(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, CardError> {
        panic!("a passcode that is typed at the reader is in no command of ours")
    }

    fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError> {
        self.asked.push((code, data));
        Ok(if code == features::request() { self.features.clone() } else { CANCELLED.to_vec() })
    }
}

fn channel(features: &[u8]) -> Channel<Reader> {
    Channel::new(Reader { features: features.to_vec(), asked: Vec::new() }, &[], false)
}

#[test]
fn the_reader_is_asked_as_part_10_says() {
    let features = [0x12, 4, 0x42, 0x33, 0x00, 0x12, VERIFY_PIN_DIRECT, 4, 0x42, 0x33, 0x00, 0x06];
    let mut channel = channel(&features);
    let pad = PinPad::of(&mut channel).unwrap();
    assert_eq!(pad, PinPad { code: 0x4233_0006 });
    assert_eq!(pad.verify(&mut channel, 0x80), Ok(CANCELLED));
    let (code, structure) = channel.card.asked.pop().unwrap();
    assert_eq!(code, 0x4233_0006);
    #[rustfmt::skip]
    let expected = [
        25, 25,                   // bTimeOut, bTimeOut2
        0x82,                     // bmFormatString
        0x08,                     // bmPINBlockString
        0x00,                     // bmPINLengthFormat
        0x08, 0x06,               // wPINMaxExtraDigit, little endian
        0x02,                     // bEntryValidationCondition
        0x01,                     // bNumberMessage
        0x09, 0x04,               // wLangId, little endian
        0x00,                     // bMsgIndex
        0x00, 0x00, 0x00,         // bTeoPrologue
        0x0d, 0x00, 0x00, 0x00,   // ulDataLength, little endian
        0x00, 0x20, 0x00, 0x80, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    assert_eq!(structure, expected);
}

#[test]
fn another_passcode_is_asked_for_as_part_10_says() {
    let features = [VERIFY_PIN_DIRECT, 4, 0x42, 0x33, 0x00, 0x06, 0x07, 4, 0x42, 0x33, 0x00, 0x07];
    assert_eq!(PinPad::setting(&mut channel(&features[..6])), None);
    let mut channel = channel(&features);
    let pad = PinPad::setting(&mut channel).unwrap();
    assert_eq!(pad, PinPad { code: 0x4233_0007 });
    assert_eq!(pad.set(&mut channel, 0x24, 0x80), Ok(CANCELLED));
    let (code, structure) = channel.card.asked.pop().unwrap();
    assert_eq!(code, 0x4233_0007);
    #[rustfmt::skip]
    let expected = [
        25, 25,                   // bTimeOut, bTimeOut2
        0x82,                     // bmFormatString
        0x08,                     // bmPINBlockString
        0x00,                     // bmPINLengthFormat
        0x00, 0x08,               // bInsertionOffsetOld, bInsertionOffsetNew
        0x08, 0x06,               // wPINMaxExtraDigit, little endian
        0x03,                     // bConfirmPIN
        0x02,                     // bEntryValidationCondition
        0x03,                     // bNumberMessage
        0x09, 0x04,               // wLangId, little endian
        0x00, 0x01, 0x02,         // bMsgIndex1 to bMsgIndex3
        0x00, 0x00, 0x00,         // bTeoPrologue
        0x15, 0x00, 0x00, 0x00,   // ulDataLength, little endian
        0x00, 0x24, 0x00, 0x80, 0x10,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    assert_eq!(structure, expected);
}

#[test]
fn readers_without_a_pin_pad_and_nonsense_have_none() {
    for features in [
        &[][..],
        &[0x07, 4, 0x42, 0x33, 0x00, 0x07],
        &[VERIFY_PIN_DIRECT, 4, 0x42],
        &[VERIFY_PIN_DIRECT, 2, 0x42, 0x33, 0x00, 0x06],
    ] {
        assert_eq!(PinPad::of(&mut channel(features)), None);
    }
}
