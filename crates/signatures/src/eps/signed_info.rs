use base64ct::{Base64, Encoding as _};
use wardkey_crypto::SignatureAlgorithm;
use wardkey_xml::dsig::{self, DigestMethod};

/// The digest method that goes with a signature algorithm; `None`: prescriptions are not signed
/// with it.
pub(super) fn digest_method(algorithm: SignatureAlgorithm) -> Option<DigestMethod> {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha1 => Some(DigestMethod::Sha1),
        SignatureAlgorithm::RsaPkcs1Sha256 => Some(DigestMethod::Sha256),
        _ => None,
    }
}

/// The canonical SignedInfo, which is what is signed. Its shape is fixed to the octet: one line,
/// and a reference without a URI. `None`: prescriptions are not signed with the algorithm.
pub(super) fn canonical(algorithm: SignatureAlgorithm, digest: &[u8]) -> Option<String> {
    let digest_method = digest_method(algorithm)?.uri();
    let signature_method = dsig::signature_method_uri(algorithm)?;
    let digest = Base64::encode_string(digest);
    Some(format!(
        "<SignedInfo{NAMESPACE}>\
         <CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"{signature_method}\"></SignatureMethod>\
         <Reference><Transforms><Transform Algorithm=\"{EXCLUSIVE}\"></Transform></Transforms>\
         <DigestMethod Algorithm=\"{digest_method}\"></DigestMethod>\
         <DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
    ))
}

/// The namespace declaration, which SignedInfo has where it stands alone and inherits where it
/// stands in a signature.
pub(super) const NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/09/xmldsig#\"";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
