use const_oid::{ObjectIdentifier, db};
use wardkey_crypto::{Hash, Obligation};
use wardkey_pki::Certificate;

use super::read::{SignedData, attribute_value};
use crate::{
    judgement::Finding,
    tlv::{Fields, OCTET_STRING, OID, SEQUENCE},
};

/// A SignedData in order but for the signature and what becomes of the certificate.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) certificate: Certificate,
    pub(crate) obligation: Obligation,
    pub(crate) digest: Vec<u8>,
}

/// Examines a SignedData: the certificate, the algorithm, and that the signed attributes are of
/// this content and this certificate. What passed is put to `passed`.
///
/// # Errors
/// The finding, when there is nothing that could hold.
pub(crate) fn examine(
    data: &SignedData<'_>,
    digest_of: &dyn Fn(Hash) -> Option<Vec<u8>>,
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
    if !names(&signer.attributes, der) {
        let reason = "Signing certificate is not the one that was signed";
        return Err(Finding::failed("signingCertificate", reason));
    }
    passed.push(Finding::passed("signingCertificate"));
    let obligation = Obligation {
        algorithm,
        spki: certificate.spki().to_vec(),
        message: signer.attributes.clone(),
        signature: signer.signature(algorithm),
    };
    Ok(Examined { certificate, obligation, digest })
}

/// Whether the attribute signing-certificate-v2 (RFC 5035) names this certificate by its hash; the
/// first of its list is the signer's. The older attribute goes by SHA-1, and is not enough.
fn names(attributes: &[u8], der: &[u8]) -> bool {
    let stated = || {
        let value = attribute_value(attributes, db::rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2)?;
        let mut id = Fields::open(value, SEQUENCE)?.fields(SEQUENCE)?.fields(SEQUENCE)?;
        let hash = match id.peek()? {
            SEQUENCE => Hash::from_oid(id.fields(SEQUENCE)?.oid()?)?,
            // DEFAULT.
            _ => Hash::Sha256,
        };
        Some(hash.digest(der)? == id.content(OCTET_STRING)?)
    };
    stated() == Some(true)
}

fn failed(name: &'static str, reason: &'static str, detail: &str) -> Finding {
    Finding::failed(name, reason).with_detail(detail)
}
