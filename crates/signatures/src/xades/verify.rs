mod coverage;
mod qualifying;
mod time;

use base64ct::{Base64, Encoding as _};
use wardkey_pki::Certificate;
use wardkey_xml::{
    Document as XmlDocument, Element, Limits,
    dsig::{self, DsigError, Signature},
};

use self::{
    coverage::Covered,
    qualifying::{Qualifying, Stamp},
};
use crate::{
    Document,
    judgement::{Facts, Finding, Pending, Signed, time_finding},
    options::VerifyOptions,
    report::Signer,
    timestamp::PendingTimestamp,
};

/// Begins the verification of a XAdES signature, or a plain XML signature: its form, algorithms,
/// certificate, that it covers all of the document, the signed properties, the signature, the
/// timestamp where there is one and `timestamp_anchors` are given, revocation, validity, trust,
/// usage and policy. `detached` is the document of a signature that does not hold it.
///
/// A plain signature names no time: its certificate is judged at `options.time`. What covers a
/// part of its document only is refused, as is a second signature.
pub fn verify(xades: &[u8], detached: Option<Document<'_>>, options: &VerifyOptions) -> Pending {
    let mut findings = Vec::new();
    let mut facts = Facts { format: Some("xades"), ..Facts::default() };
    match begin(xades, detached, options, &mut facts, &mut findings) {
        Ok(signed) => Pending::open(Signed { facts, before: findings, ..signed }, options),
        Err(finding) => {
            findings.push(finding);
            Pending::decided(facts, findings)
        }
    }
}

fn begin(
    xades: &[u8],
    detached: Option<Document<'_>>,
    options: &VerifyOptions,
    facts: &mut Facts,
    passed: &mut Vec<Finding>,
) -> Result<Signed, Finding> {
    let document = XmlDocument::parse(xades, &Limits::DEFAULT)
        .map_err(|error| malformed(&error.to_string()))?;
    let element = only_signature(&document)?;
    let signature = Signature::read(element).map_err(|error| finding(&error))?;
    let qualifying = Qualifying::of(&signature)?;
    if qualifying.is_none() {
        facts.format = Some("xmldsig");
    }
    passed.push(Finding::passed("format"));

    let named = qualifying.as_ref().map(Qualifying::certificate_digest).transpose()?;
    let is_named = |der: &&Vec<u8>| {
        named.as_ref().is_none_or(|(method, digest)| method.digest(der) == *digest)
    };
    let der = signature.certificates().iter().find(is_named);
    let first = signature.certificates().first();
    let invalid = |detail: &str| Finding::failed("certificate", CERTIFICATE).with_detail(detail);
    let shown = der.or(first).ok_or_else(|| invalid("it is missing"))?;
    let certificate = Certificate::from_der(shown).map_err(|error| invalid(&error.to_string()))?;
    let name = certificate.common_name().unwrap_or_default();
    facts.signer = Some(Signer::new(name, certificate.serial_hex()));
    passed.push(Finding::passed("certificate"));
    check_algorithms(&signature, &certificate, options)?;
    passed.push(Finding::passed("algorithm"));
    if let Some((method, _)) = named {
        if method.is_legacy() && !options.legacy_sha1 {
            return Err(Finding::failed("algorithm", ALGORITHM).with_detail("SHA-1"));
        }
        let reason = "Signing certificate is not the one that was signed";
        der.ok_or_else(|| Finding::failed("signingCertificate", reason))?;
        passed.push(Finding::passed("signingCertificate"));
    }

    let properties = qualifying.as_ref().map(|qualifying| qualifying.signed);
    let Covered { digest } = coverage::check(&signature, properties, detached)?;
    passed.push(Finding::passed("digest"));
    facts.digest = Some(Base64::encode_string(&digest));
    facts.covered = vec!["document".to_owned()];

    let mut signed_at = options.time;
    let mut timestamp = None;
    if let Some(qualifying) = qualifying {
        signed_at = qualifying.signing_time()?;
        facts.claimed_time = Some(signed_at.to_string());
        passed.push(time_finding(signed_at, options.time));
        facts.commitment = qualifying.commitment().map(|known| known.as_str().to_owned());
        if !options.timestamp_anchors.is_empty()
            && let Some(Stamp { token, over }) = qualifying.timestamp(signature.value())?
        {
            timestamp = Some(PendingTimestamp::begin(&token, &over, options)?);
        }
    }
    let obligation = signature.obligation(certificate.spki()).map_err(|error| finding(&error))?;
    Ok(Signed {
        facts: Facts::default(),
        before: Vec::new(),
        signature: obligation,
        certificate,
        signed_at,
        is_claimed: true,
        timestamp,
    })
}

/// The timestamp's token of a signature, DER, unverified. `None`: it has none.
pub(crate) fn timestamp_token(xades: &[u8]) -> Option<Vec<u8>> {
    let document = XmlDocument::parse(xades, &Limits::DEFAULT).ok()?;
    let signature = Signature::read(only_signature(&document).ok()?).ok()?;
    let stamp = Qualifying::of(&signature).ok()??.timestamp(signature.value()).ok()?;
    stamp.map(|stamp| stamp.token)
}

/// The signature to judge: the root, the root's one child that is a signature, or the only one
/// that there is. Those inside of a signed document are part of it.
fn only_signature(document: &XmlDocument) -> Result<Element<'_>, Finding> {
    let root = document.root();
    let is_signature = |element: &Element<'_>| element.is(dsig::NAMESPACE, "Signature");
    if is_signature(&root) {
        return Ok(root);
    }
    let mut found: Vec<_> = root.children().filter(is_signature).collect();
    if found.is_empty() {
        found = document.elements().filter(is_signature).collect();
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(malformed("there is no signature")),
        _ => Err(malformed("more than one signature")),
    }
}

fn check_algorithms(
    signature: &Signature<'_>,
    certificate: &Certificate,
    options: &VerifyOptions,
) -> Result<(), Finding> {
    let refused = |detail: &str| Err(Finding::failed("algorithm", ALGORITHM).with_detail(detail));
    let algorithm = signature.algorithm();
    let digests = signature.references().iter().map(dsig::Reference::digest_method);
    let has_sha1 = algorithm.is_legacy() || { digests }.any(dsig::DigestMethod::is_legacy);
    if has_sha1 && !options.legacy_sha1 {
        return refused("SHA-1");
    }
    if certificate.key_kind() != Some(algorithm.key_kind()) {
        return refused("it is not of the certificate's key");
    }
    if !options.admits_key(certificate) {
        return refused("the certificate's RSA key is too short");
    }
    Ok(())
}

/// What an error of the XML signature is to a report.
fn finding(error: &DsigError) -> Finding {
    let of = |name, reason: &'static str| Finding::failed(name, reason).with_detail(error);
    match error {
        DsigError::AlgorithmRefused(_) => of("algorithm", ALGORITHM),
        DsigError::DigestMismatch => Finding::failed("digest", OTHER),
        _ => of("format", FORMAT),
    }
}

fn malformed(detail: &str) -> Finding {
    Finding::failed("format", FORMAT).with_detail(detail)
}

const ALGORITHM: &str = "Signature algorithm is not accepted";
const CERTIFICATE: &str = "Invalid certificate";
const FORMAT: &str = "Invalid signature format";
const OTHER: &str = "Signature doesn't match document";
