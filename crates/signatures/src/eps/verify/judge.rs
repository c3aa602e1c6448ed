use base64ct::{Base64, Encoding as _};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};
use wardkey_pki::{Certificate, Pending as PendingPath, UnixTime};

use super::Verified;
use crate::{
    eps::{
        signature::{Signature, SignatureError},
        signed_info,
    },
    judgement::{Facts, Finding, findings, report, strict_validity, time_finding},
    options::VerifyOptions,
    report::{Report, Signer},
};

/// What is known before the signatures are verified, and what is left to be known.
#[derive(Debug)]
pub(super) struct Judgement {
    facts: Facts,
    /// Findings before that of the signature.
    before: Vec<Finding>,
    content: Finding,
    validity: Option<Finding>,
    path: PendingPath,
    /// Findings after those of the path.
    after: Vec<Finding>,
}

impl Judgement {
    /// The judgement with what it needs to know, the signature over the prescription first.
    ///
    /// # Errors
    /// The report, when there is nothing that could be verified.
    pub(super) fn new(
        verified: &Verified,
        signature: Result<Signature, SignatureError>,
        options: &VerifyOptions,
    ) -> Result<(Self, Vec<Obligation>), Box<Report>> {
        let claimed_time = Some(verified.signing_time.to_string());
        let covered = COVERED.map(str::to_owned).to_vec();
        let mut facts = Facts { format: Some("eps"), claimed_time, covered, ..Facts::default() };
        let mut before = Vec::new();
        let signature = match signature {
            Ok(signature) => signature,
            Err(SignatureError::Format) => {
                before.push(Finding::failed("format", "Invalid signature format"));
                return Err(Box::new(report(facts, before)));
            }
            Err(SignatureError::ManyCertificates) => {
                before.push(Finding::passed("format"));
                before.push(Finding::failed("oneCertificate", "Multiple certificates detected"));
                return Err(Box::new(report(facts, before)));
            }
        };
        before.extend([Finding::passed("format"), Finding::passed("oneCertificate")]);
        let certificate = match Certificate::from_der(&signature.certificate) {
            Ok(certificate) => certificate,
            Err(error) => {
                let finding = Finding::failed("certificate", "Invalid certificate");
                before.push(finding.with_detail(error));
                return Err(Box::new(report(facts, before)));
            }
        };
        before.push(Finding::passed("certificate"));
        let name = certificate.common_name().unwrap_or_default();
        facts.signer = Some(Signer::new(name, certificate.serial_hex()));
        let algorithm = match admitted(&signature, &certificate, options) {
            Ok(algorithm) => algorithm,
            Err(finding) => {
                before.push(finding);
                return Err(Box::new(report(facts, before)));
            }
        };
        before.push(Finding::passed("algorithm"));
        let digest = signed_info::digest_method(algorithm)
            .map(|method| method.digest(&verified.fragments))
            .unwrap_or_default();
        facts.digest = Some(Base64::encode_string(&digest));
        // The shape of SignedInfo is fixed, so that octets decide, not what a parser makes of it.
        let expected = signed_info::canonical(algorithm, &digest);
        let content = Finding::of(
            expected.is_some_and(|expected| expected.as_bytes() == signature.signed_info),
            "content",
            "Signature doesn't match prescription",
        );
        let mut obligations = vec![Obligation {
            algorithm,
            spki: certificate.spki().to_vec(),
            message: signature.signed_info,
            signature: signature.value,
            issued: false,
        }];
        let signed_at = UnixTime::from_seconds(verified.signing_time.seconds());
        let mut after = vec![time_finding(signed_at, options.time)];
        after.push(author_finding(verified, facts.signer.as_ref()));
        let validity = strict_validity(&certificate, signed_at);
        let path = options.path_request(certificate, signed_at).start();
        obligations.extend_from_slice(path.obligations());
        Ok((Self { facts, before, content, validity, path, after }, obligations))
    }

    pub(super) fn conclude(mut self, answers: &[bool]) -> Report {
        let (signature, path) = match answers.split_first() {
            Some((signature, path)) => (*signature, path),
            None => (false, answers),
        };
        let mut all = self.before;
        all.push(Finding::of(signature, "signature", "Signature is invalid"));
        all.push(self.content);
        let path = self.path.conclude(path);
        self.facts.see_path(&path);
        all.extend(findings(&path, self.validity));
        all.extend(self.after);
        report(self.facts, all)
    }
}

/// The algorithm of the signature, when it fits the key and both are admitted.
fn admitted(
    signature: &Signature,
    certificate: &Certificate,
    options: &VerifyOptions,
) -> Result<SignatureAlgorithm, Finding> {
    let refused = |detail: &str| {
        Err(Finding::failed("algorithm", "Signature algorithm is not accepted").with_detail(detail))
    };
    let known = |algorithm: &SignatureAlgorithm| signed_info::digest_method(*algorithm).is_some();
    let Some(algorithm) = signature.algorithm.filter(known) else {
        return refused("neither RSA with SHA-256 nor, in old prescriptions, with SHA-1");
    };
    if certificate.key_kind() != Some(KeyKind::Rsa) {
        return refused("the certificate's key is not RSA");
    }
    if algorithm.is_legacy() && !options.legacy_sha1 {
        return refused("SHA-1");
    }
    if !options.admits_key(certificate) {
        return refused("the certificate's RSA key is too short");
    }
    Ok(algorithm)
}

/// Where the prescription does not name its author's Spine user id, nobody can tell.
fn author_finding(verified: &Verified, signer: Option<&Signer>) -> Finding {
    let Some(author) = verified.author.as_deref() else {
        return Finding::unknown("signer", "Whether the signer is the author is unknown")
            .with_detail("the prescription names no Spine user id of its author");
    };
    let signer = signer.and_then(|signer| signer.user_id.as_deref());
    Finding::of(signer == Some(author), "signer", "The signer is not the prescription's author")
        .with_detail(match signer {
            Some(signer) => format!("author {author}, signer {signer}"),
            None => format!("author {author}, and the certificate names no user id"),
        })
}

/// The parts of a prescription that are signed.
const COVERED: [&str; 5] = ["time", "prescriptionId", "prescriber", "patient", "lineItems"];
