use wardkey_crypto::Obligation;
use wardkey_pki::{Certificate, PathReport, Pending as PendingPath, Purpose};

use super::{Token, WebEidError, verify::own_signature};
use crate::{
    judgement::{Facts, Finding, findings_for, report},
    options::VerifyOptions,
    report::{Report, Signer},
};

/// A token's report that waits for public-key operations.
#[derive(Debug)]
#[must_use = "nothing has been verified yet"]
pub struct PendingReport {
    facts: Facts,
    before: Vec<Finding>,
    open: Option<PendingPath>,
    obligations: Vec<Obligation>,
}

/// Begins the verification of a token for a report: that it is one, that origin and nonce can have
/// been signed, the certificate, the algorithm, the signature, revocation, validity, trust, usage
/// and policy. Revocation that is unknown makes the verdict `indeterminate`, if nothing else makes
/// it `invalid`. That the nonce is used once, and soon, is for the caller.
pub fn judge(token: &str, origin: &str, nonce: &str, options: &VerifyOptions) -> PendingReport {
    let mut facts = Facts { format: Some("web-eid"), ..Facts::default() };
    let mut before = Vec::new();
    match examine(token, origin, nonce, options, &mut facts, &mut before) {
        Ok((certificate, signature)) => {
            facts.covered = vec!["origin".to_owned(), "nonce".to_owned()];
            let path = options.path_request_for(Purpose::Login, certificate, options.time).start();
            let mut obligations = vec![signature];
            obligations.extend_from_slice(path.obligations());
            PendingReport { facts, before, open: Some(path), obligations }
        }
        Err(finding) => {
            before.push(finding);
            PendingReport { facts, before, open: None, obligations: Vec::new() }
        }
    }
}

impl PendingReport {
    /// The signatures to verify: the token's first, then those of the certificate's path.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The result, given for each of [`PendingReport::obligations`], in their order, whether it
    /// holds. A missing answer counts as one that does not hold.
    #[must_use]
    pub fn conclude(self, answers: &[bool]) -> Report {
        let Self { mut facts, before: mut all, open, .. } = self;
        let Some(path) = open else { return report(facts, all) };
        let (signature, of_path) = match answers.split_first() {
            Some((signature, others)) => (*signature, others),
            None => (false, answers),
        };
        all.push(Finding::of(signature, "signature", SIGNATURE));
        let path: PathReport = path.conclude(of_path);
        facts.see_path(&path);
        let words = ["Certificate is not valid now", "Certificate is not for login"];
        all.extend(findings_for(&path, None, words));
        report(facts, all)
    }
}

/// # Errors
/// The finding, when there is nothing that could be verified.
fn examine(
    token: &str,
    origin: &str,
    nonce: &str,
    options: &VerifyOptions,
    facts: &mut Facts,
    before: &mut Vec<Finding>,
) -> Result<(Certificate, Obligation), Finding> {
    let token = Token::parse(token).map_err(finding)?;
    before.push(Finding::passed("format"));
    let certificate = token
        .certificate_der()
        .and_then(|der| Certificate::from_der(&der).map_err(|_| WebEidError::Certificate))
        .map_err(|error| Finding::failed("certificate", CERTIFICATE).with_detail(error))?;
    before.push(Finding::passed("certificate"));
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    if !options.admits_key(&certificate) {
        let finding = Finding::failed("algorithm", ALGORITHM);
        return Err(finding.with_detail("the certificate's RSA key is too short"));
    }
    let signature = own_signature(&token, &certificate, origin, nonce).map_err(finding)?;
    before.extend(["algorithm", "origin", "nonce"].map(Finding::passed));
    Ok((certificate, signature))
}

fn finding(error: WebEidError) -> Finding {
    let (name, reason) = match error {
        WebEidError::AlgorithmRefused => ("algorithm", ALGORITHM),
        WebEidError::Certificate | WebEidError::Path(_) => ("certificate", CERTIFICATE),
        WebEidError::Format | WebEidError::Malformed | WebEidError::Foreign => {
            ("format", "Not a web-eid:1 token")
        }
        WebEidError::Nonce => ("nonce", "Not a nonce that can have been signed"),
        WebEidError::Origin => ("origin", "Not an origin that can have been signed"),
        WebEidError::SignatureInvalid => ("signature", SIGNATURE),
    };
    Finding::failed(name, reason).with_detail(error)
}

const ALGORITHM: &str = "Signature algorithm is not accepted";
const CERTIFICATE: &str = "Invalid certificate";
const SIGNATURE: &str = "The signature does not hold for this origin and nonce";
