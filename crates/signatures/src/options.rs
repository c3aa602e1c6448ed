use wardkey_pki::{
    AlgorithmPolicy, Certificate, Crl, ObjectIdentifier, OcspAnswer, OcspFreshness, PathRequest,
    Purpose, Revocation, UnixTime,
};

/// What a verification relies on.
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// The certification authorities that are trusted.
    pub anchors: Vec<Certificate>,
    /// Authorities that may stand between the signer and an anchor, in any order.
    pub intermediates: Vec<Certificate>,
    /// The timestamp authorities that are trusted, or the authorities above them; when empty,
    /// timestamps are not looked at, and nothing proves a time.
    pub timestamp_anchors: Vec<Certificate>,
    /// Revocation lists, in any order. Each certificate below the anchor has to be covered by one
    /// that is current at `time`, or by one of `ocsp_answers`; otherwise the verdict is
    /// `indeterminate`.
    pub crls: Vec<Crl>,
    /// The answers of OCSP responders, in any order; each counts for a day at the most.
    pub ocsp_answers: Vec<OcspAnswer>,
    /// Certificate policies of which one has to hold over the path; when empty, any does.
    pub required_policies: Vec<ObjectIdentifier>,
    /// The time of the verification.
    pub time: UnixTime,
    /// Admits SHA-1, in the signature and in certificates. Only where a policy names the exception.
    pub legacy_sha1: bool,
    /// Admits RSA keys from 1024 bits, in the signature and in certificates. Only where a policy
    /// names the exception.
    pub legacy_rsa_1024: bool,
}

impl VerifyOptions {
    /// The question whether the certificate was good for content commitment at this time.
    pub(crate) fn path_request(&self, signer: Certificate, signed_at: UnixTime) -> PathRequest {
        self.path_request_for(Purpose::ContentCommitment, signer, signed_at)
    }

    /// The question whether the certificate was good for a purpose at this time.
    pub(crate) fn path_request_for(
        &self,
        purpose: Purpose,
        signer: Certificate,
        time: UnixTime,
    ) -> PathRequest {
        let (anchors, revocation) = (self.anchors.clone(), self.revocation());
        PathRequest::new(signer, anchors, time, purpose, revocation)
            .with_intermediates(self.intermediates.clone())
            .with_required_policies(self.required_policies.clone())
            .with_now(self.time)
            .with_algorithms(AlgorithmPolicy {
                legacy_sha1: self.legacy_sha1,
                legacy_rsa_1024: self.legacy_rsa_1024,
            })
    }

    /// The question whether a timestamp authority's certificate was good at this time.
    pub(crate) fn timestamp_path_request(
        &self,
        authority: Certificate,
        time: UnixTime,
    ) -> PathRequest {
        let (anchors, revocation) = (self.timestamp_anchors.clone(), self.revocation());
        PathRequest::new(authority, anchors, time, Purpose::Timestamping, revocation)
            .with_intermediates(self.intermediates.clone())
            .with_now(self.time)
    }

    fn revocation(&self) -> Revocation {
        Revocation::required(self.crls.clone())
            .with_answers(self.ocsp_answers.clone(), OcspFreshness::default())
    }

    /// Whether the certificate's key, if it is RSA, is long enough.
    pub(crate) fn admits_key(&self, certificate: &Certificate) -> bool {
        let least = if self.legacy_rsa_1024 { LEGACY_RSA_BITS } else { RSA_BITS };
        certificate.rsa_bits().is_none_or(|bits| bits >= least)
    }
}

const LEGACY_RSA_BITS: u32 = 1024;
const RSA_BITS: u32 = 2048;
