//! What a page or an extension sends: frames one after another, until the stream ends.
#![no_main]

use wardkey_protocol::{Origin, envelope::FromPage, frame};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let mut stream = octets;
    loop {
        let frame = match frame::read(&mut stream, 1024 * 1024) {
            Ok(Some(frame)) => frame,
            Err(error) if error.fault().is_some() => continue,
            Ok(None) | Err(_) => break,
        };
        if let Ok(value) = serde_json::from_slice(&frame) {
            let _ = FromPage::parse(value);
        }
        let _ = std::str::from_utf8(&frame).map(Origin::parse);
    }
});
