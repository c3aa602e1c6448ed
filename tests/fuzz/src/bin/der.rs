//! Certificates, revocation lists and responders' answers from anybody.
#![no_main]

use wardkey_pki::{
    Certificate, Crl, OcspFreshness, OcspResponse, PathRequest, Purpose, Revocation, UnixTime,
};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let list = Crl::from_der(octets);
    let response = OcspResponse::from_der(octets);
    let Ok(certificate) = Certificate::from_der(octets) else { return };
    let answers = response.map(|response| response.answers(&[certificate.clone()]));
    let revocation = Revocation::required(list.into_iter().collect())
        .with_answers(answers.unwrap_or_default(), OcspFreshness::default());
    let (time, own) = (UnixTime::from_seconds(1_795_427_100), vec![certificate.clone()]);
    for purpose in [Purpose::ContentCommitment, Purpose::Login, Purpose::Timestamping] {
        let (end, issuers) = (certificate.clone(), own.clone());
        let request = PathRequest::new(end, issuers.clone(), time, purpose, revocation.clone());
        let pending = request.with_intermediates(issuers).start();
        let answers = vec![false; pending.obligations().len()];
        pending.conclude(&answers);
    }
});
