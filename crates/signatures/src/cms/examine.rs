use const_oid::{ObjectIdentifier, db};
use wardkey_crypto::{Hash, Obligation};
use wardkey_pki::Certificate;
use wardkey_xml::dsig::DigestMethod;

use super::read::{SignedData, attribute_value, has_attribute};
use crate::{
    certificate::CertificateParts,
    judgement::Finding,
    tlv::{Fields, INTEGER, OCTET_STRING, OID, SEQUENCE},
};

/// A SignedData in order but for the signature and what becomes of the certificate.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) certificate: Certificate,
    pub(crate) obligation: Obligation,
    pub(crate) digest: Vec<u8>,
}

/// How the signed attributes may name their certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// By signing-certificate-v2 (RFC 5035), and a hash of the SHA-2 family.
    BySha2,
    /// By the older signing-certificate (RFC 2634, section 5.4) and SHA-1 as well. The certificate is
    /// the one whose key the signature holds by, and its path is judged; the hash only tells it from
    /// others of the same key, which takes a second preimage, not a collision.
    BySha1,
}

/// Examines a SignedData: the certificate, the algorithm, and that the signed attributes are of
/// this content and this certificate. What passed is put to `passed`.
///
/// # Errors
/// The finding, when there is nothing that could hold.
pub(crate) fn examine(
    data: &SignedData<'_>,
    digest_of: &dyn Fn(Hash) -> Option<Vec<u8>>,
    named: Named,
    passed: &mut Vec<Finding>,
) -> Result<Examined, Finding> {
    let signer = &data.signer;
    let der = data.signers_certificate();
    let der = der.ok_or_else(|| failed("certificate", "Invalid certificate", "it is missing"))?;
    let certificate = Certificate::from_der(der)
        .map_err(|error| failed("certificate", "Invalid certificate", &error.to_string()))?;
    passed.push(Finding::passed("certificate"));
    let key = certificate.key_kind();
    let algorithm = key.and_then(|key| signer.algorithm(key)).filter(|known| !known.is_legacy());
    let refused = "Signature algorithm is not accepted";
    let algorithm = algorithm.ok_or_else(|| Finding::failed("algorithm", refused))?;
    passed.push(Finding::passed("algorithm"));

    let value = |kind| attribute_value(&signer.attributes, kind);
    let content_type = value(db::rfc5911::ID_CONTENT_TYPE)
        .and_then(|value| Fields::inside(value)?.content(OID))
        .and_then(|octets| ObjectIdentifier::from_bytes(octets).ok());
    if content_type != Some(data.content_type) {
        return Err(Finding::failed("contentType", "Content type is missing or another"));
    }
    passed.push(Finding::passed("contentType"));
    let stated = value(db::rfc5911::ID_MESSAGE_DIGEST)
        .and_then(|value| Fields::inside(value)?.content(OCTET_STRING));
    let digest = digest_of(algorithm.hash());
    let digest = digest.ok_or_else(|| Finding::failed("digest", "Document is missing"))?;
    if stated != Some(digest.as_slice()) {
        return Err(Finding::failed("digest", "Signature doesn't match document"));
    }
    passed.push(Finding::passed("digest"));
    let is_named = [SIGNING_CERTIFICATE_V2, SIGNING_CERTIFICATE]
        .iter()
        .any(|kind| has_attribute(&signer.attributes, *kind));
    if !is_named {
        return Err(Finding::failed("signingCertificate", "Signing certificate is missing"));
    }
    if !names(&signer.attributes, der, named) {
        let reason = "Signing certificate is not the one that was signed";
        return Err(Finding::failed("signingCertificate", reason));
    }
    passed.push(Finding::passed("signingCertificate"));
    let obligation = Obligation {
        algorithm,
        spki: certificate.spki().to_vec(),
        message: signer.attributes.clone(),
        signature: signer.signature(algorithm),
        issued: false,
    };
    Ok(Examined { certificate, obligation, digest })
}

/// Whether signing-certificate-v2 names this certificate by its hash, or where there is none and that
/// is admitted, signing-certificate; the first of its list is the signer's.
fn names(attributes: &[u8], der: &[u8], named: Named) -> bool {
    let stated = || {
        let value = attribute_value(attributes, SIGNING_CERTIFICATE_V2)?;
        let mut id = Fields::open(value, SEQUENCE)?.fields(SEQUENCE)?.fields(SEQUENCE)?;
        let hash = match id.peek()? {
            SEQUENCE => Hash::from_oid(id.fields(SEQUENCE)?.oid()?)?,
            // DEFAULT.
            _ => Hash::Sha256,
        };
        Some(hash.digest(der)? == id.content(OCTET_STRING)? && is_issuer_serial(&mut id, der)?)
    };
    if named == Named::BySha1 && !has_attribute(attributes, SIGNING_CERTIFICATE_V2) {
        return names_by_sha1(attributes, der) == Some(true);
    }
    stated() == Some(true)
}

fn names_by_sha1(attributes: &[u8], der: &[u8]) -> Option<bool> {
    let value = attribute_value(attributes, SIGNING_CERTIFICATE)?;
    let mut id = Fields::open(value, SEQUENCE)?.fields(SEQUENCE)?.fields(SEQUENCE)?;
    Some(
        DigestMethod::Sha1.digest(der) == id.content(OCTET_STRING)?
            && is_issuer_serial(&mut id, der)?,
    )
}

/// Whether IssuerSerial, where it stands there, is of this certificate (RFC 5035, section 5.4.1.1).
fn is_issuer_serial(id: &mut Fields<'_>, der: &[u8]) -> Option<bool> {
    if id.peek().is_none() {
        return Some(true);
    }
    let parts = CertificateParts::of(der)?;
    let mut stated = id.fields(SEQUENCE)?;
    let issuer = stated.fields(SEQUENCE)?.fields(DIRECTORY_NAME)?.whole(SEQUENCE)?;
    Some(issuer == parts.issuer && stated.whole(INTEGER)? == parts.serial)
}

fn failed(name: &'static str, reason: &'static str, detail: &str) -> Finding {
    Finding::failed(name, reason).with_detail(detail)
}

/// directoryName of GeneralName, `[4]`.
const DIRECTORY_NAME: u8 = 0xa4;
/// id-aa-signingCertificate (RFC 2634, section 5.4).
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = db::rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2;
