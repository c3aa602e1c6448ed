//! XML from anybody: what is read has a canonical form, which is its own.
#![no_main]

use wardkey_xml::{Canonicalization, Document, Limits};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let Ok(document) = Document::parse(octets, &Limits::DEFAULT) else { return };
    for method in [Canonicalization::inclusive().with_comments(), Canonicalization::exclusive()] {
        let Ok(canonical) = method.document(&document) else { continue };
        let again =
            Document::parse(&canonical, &Limits::DEFAULT).map(|again| method.document(&again));
        assert_eq!(again.ok().and_then(Result::ok), Some(canonical));
    }
});
