use super::*;
use crate::CardError;

struct Reader {
    features: Vec<u8>,
    properties: Vec<u8>,
}

impl Transmit for Reader {
    fn transmit(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, CardError> {
        panic!("the card is asked nothing")
    }

    fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError> {
        assert!(data.is_empty());
        match code {
            code if code == request() => Ok(self.features.clone()),
            0x4233_0012 => Ok(self.properties.clone()),
            _ => Err(CardError::Unsupported(String::new())),
        }
    }
}

#[test]
fn a_reader_tells_the_longest_data_that_it_passes() {
    let features = [0x06, 4, 0x42, 0x33, 0x00, 0x06, 0x12, 4, 0x42, 0x33, 0x00, 0x12];
    let short = |features: &[u8], properties: &[u8]| {
        let (features, properties) = (features.to_vec(), properties.to_vec());
        passes_short_only(&mut Reader { features, properties })
    };
    // As libccid says it: wLcdLayout and more before it, in little endian.
    for (longest, expected) in [(0, true), (0x100, true), (0x101, false), (0x1_0000, false)] {
        let longest = u32::to_le_bytes(longest);
        let properties = [&[0x01, 2, 0x10, 0x02, 0x0b, 2, 0, 0, 0x0a, 4][..], &longest].concat();
        assert_eq!(short(&features, &properties), expected, "{longest:?}");
        // Who does not say passes everything, as far as is known.
        assert!(!short(&features[..6], &properties));
        assert!(!short(&[], &properties));
    }
    for cut in [&[][..], &[0x0a], &[0x0a, 4, 0], &[0x0a, 2, 0, 0], &[0x01, 9, 0x0a, 4, 0, 0, 0, 0]]
    {
        assert!(!short(&features, cut), "{cut:02x?}");
    }
}
