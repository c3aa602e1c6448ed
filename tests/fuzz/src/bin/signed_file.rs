//! A signed file of any format, from anybody: no verdict but one of those that a report has, and
//! never `valid`, since no signature is said to hold.
#![no_main]

use wardkey_pki::UnixTime;
use wardkey_signatures::{
    VerifyOptions,
    file::{self, claimed_certificates},
};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let claimed = claimed_certificates(octets);
    let options = VerifyOptions {
        // Whoever signed is trusted: what lies behind the first refusal is looked at as well.
        anchors: claimed.clone(),
        timestamp_anchors: claimed.clone(),
        intermediates: claimed,
        crls: Vec::new(),
        ocsp_answers: Vec::new(),
        required_policies: Vec::new(),
        time: UnixTime::from_seconds(1_795_427_100),
        legacy_sha1: true,
        legacy_rsa_1024: true,
    };
    for document in [None, Some(&b"Rest."[..])] {
        let pending = file::verify(octets, document, &options);
        let answers = vec![false; pending.obligations().len()];
        assert!(!pending.conclude(&answers).is_valid());
    }
});
