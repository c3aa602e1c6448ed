use const_oid::{ObjectIdentifier, db};
use wardkey_crypto::{Hash, KeyKind, Obligation, SignatureAlgorithm};

use crate::{
    certificate::CertificateParts,
    tlv::{CONTEXT_0, CONTEXT_1, CONTEXT_2, Fields, INTEGER, OCTET_STRING, SEQUENCE, SET},
};

/// A SignedData, taken apart.
#[derive(Debug)]
pub(crate) struct SignedData<'a> {
    pub(crate) content_type: ObjectIdentifier,
    /// `None`: the signature is detached.
    pub(crate) content: Option<&'a [u8]>,
    pub(crate) certificates: Vec<&'a [u8]>,
    pub(crate) signer: Signer<'a>,
}

/// Its one signer.
#[derive(Debug)]
pub(crate) struct Signer<'a> {
    issuer_and_serial: Option<(&'a [u8], &'a [u8])>,
    key_id: Option<&'a [u8]>,
    /// The digest algorithm.
    pub(crate) hash: Option<Hash>,
    /// The signed attributes as the SET OF that is signed.
    pub(crate) attributes: Vec<u8>,
    algorithm: &'a [u8],
    signature: &'a [u8],
    /// The content of the unsigned attributes' SET OF.
    pub(crate) unsigned: &'a [u8],
}

/// Why octets are no SignedData that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("not a SignedData")]
    Malformed,
    #[error("too many certificates or octets")]
    TooLarge,
    #[error("not exactly one signer")]
    Signers,
    #[error("no signed attributes")]
    NoAttributes,
}

impl<'a> SignedData<'a> {
    /// # Errors
    /// [`ReadError`] says what it is not.
    pub(crate) fn read(cms: &'a [u8]) -> Result<Self, ReadError> {
        let malformed = || ReadError::Malformed;
        let inner = content_info(cms).ok_or_else(malformed)?;
        let mut data = Fields::open(inner, SEQUENCE).ok_or_else(malformed)?;
        data.whole(INTEGER).ok_or_else(malformed)?;
        data.whole(SET).ok_or_else(malformed)?;
        let mut encapsulated = data.fields(SEQUENCE).ok_or_else(malformed)?;
        let content_type = encapsulated.oid().ok_or_else(malformed)?;
        let content = match encapsulated.peek() {
            None => None,
            Some(_) => {
                let mut explicit = encapsulated.fields(CONTEXT_0).ok_or_else(malformed)?;
                let octets = explicit.content(OCTET_STRING).ok_or_else(malformed)?;
                explicit.end().ok_or_else(malformed)?;
                Some(octets)
            }
        };
        encapsulated.end().ok_or_else(malformed)?;
        let mut certificates = Vec::new();
        if data.peek() == Some(CONTEXT_0) {
            let mut set = data.fields(CONTEXT_0).ok_or_else(malformed)?;
            while let Some(tag) = set.peek() {
                let certificate = set.whole(tag).ok_or_else(malformed)?;
                // Attribute certificates and other kinds are nobody's here (section 10.2.2).
                if tag != SEQUENCE {
                    continue;
                }
                certificates.push(certificate);
                if certificates.len() > MAX_CERTIFICATES {
                    return Err(ReadError::TooLarge);
                }
            }
        }
        if data.peek() == Some(CONTEXT_1) {
            // Revocation lists come from elsewhere.
            data.whole(CONTEXT_1).ok_or_else(malformed)?;
        }
        let mut signers = data.fields(SET).ok_or_else(malformed)?;
        data.end().ok_or_else(malformed)?;
        let signer = signers.whole(SEQUENCE).ok_or(ReadError::Signers)?;
        signers.end().ok_or(ReadError::Signers)?;
        Ok(Self { content_type, content, certificates, signer: Signer::read(signer)? })
    }

    /// The certificate that the signer is named by, DER.
    pub(crate) fn signers_certificate(&self) -> Option<&'a [u8]> {
        self.certificates.iter().copied().find(|der| {
            let Some(parts) = CertificateParts::of(der) else { return false };
            match self.signer.issuer_and_serial {
                Some(named) => named == (parts.issuer, parts.serial),
                None => self.signer.key_id.is_some() && self.signer.key_id == key_id(der),
            }
        })
    }
}

impl<'a> Signer<'a> {
    fn read(whole: &'a [u8]) -> Result<Self, ReadError> {
        let malformed = || ReadError::Malformed;
        let mut fields = Fields::open(whole, SEQUENCE).ok_or_else(malformed)?;
        fields.whole(INTEGER).ok_or_else(malformed)?;
        let (mut issuer_and_serial, mut key) = (None, None);
        if fields.peek() == Some(KEY_ID) {
            key = Some(fields.content(KEY_ID).ok_or_else(malformed)?);
        } else {
            let mut sid = fields.fields(SEQUENCE).ok_or_else(malformed)?;
            let issuer = sid.whole(SEQUENCE).ok_or_else(malformed)?;
            issuer_and_serial = Some((issuer, sid.whole(INTEGER).ok_or_else(malformed)?));
        }
        let hash = fields.fields(SEQUENCE).and_then(|mut f| f.oid()).ok_or_else(malformed)?;
        if fields.peek() != Some(CONTEXT_0) {
            return Err(ReadError::NoAttributes);
        }
        let attributes = fields.whole(CONTEXT_0).ok_or_else(malformed)?;
        let algorithm = fields.whole(SEQUENCE).ok_or_else(malformed)?;
        let signature = fields.content(OCTET_STRING).ok_or_else(malformed)?;
        let unsigned = match fields.peek() {
            None => &[][..],
            Some(_) => fields.content(CONTEXT_1).ok_or_else(malformed)?,
        };
        fields.end().ok_or_else(malformed)?;
        Ok(Self {
            issuer_and_serial,
            key_id: key,
            hash: Hash::from_oid(hash),
            attributes: [&[SET], attributes.get(1..).unwrap_or_default()].concat(),
            algorithm,
            signature,
            unsigned,
        })
    }

    /// The algorithm, if it is one of ours and fits this key.
    pub(crate) fn algorithm(&self, key: KeyKind) -> Option<SignatureAlgorithm> {
        let hash = self.hash?;
        let mut fields = Fields::open(self.algorithm, SEQUENCE)?;
        let name = fields.oid()?;
        let algorithm = match name {
            db::rfc5912::RSA_ENCRYPTION => SignatureAlgorithm::rsa_pkcs1(hash),
            db::rfc5912::ID_RSASSA_PSS => {
                (pss_hash(fields.fields(SEQUENCE)?)? == hash).then_some(())?;
                SignatureAlgorithm::rsa_pss(hash)?
            }
            other => SignatureAlgorithm::from_oid(other)?,
        };
        (algorithm.hash() == hash && algorithm.key_kind() == key).then_some(algorithm)
    }

    /// The signature as obligations have it: ECDSA's as `r || s`.
    pub(crate) fn signature(&self, algorithm: SignatureAlgorithm) -> Vec<u8> {
        match algorithm.key_kind() {
            KeyKind::Rsa => self.signature.to_vec(),
            // What is no ECDSA signature does not hold.
            _ => Obligation::ecdsa_from_der(algorithm, self.signature).unwrap_or_default(),
        }
    }

    /// The signature as it stands.
    pub(crate) fn signature_value(&self) -> &'a [u8] {
        self.signature
    }
}

/// The hash of RSASSA-PSS-params (RFC 4055, section 3.1), where all of them go with it: MGF1 over the
/// same hash, a salt of its length, the one trailer field. The defaults are SHA-1's, and none of ours.
fn pss_hash(mut parameters: Fields<'_>) -> Option<Hash> {
    let mut explicit = parameters.fields(CONTEXT_0)?;
    let hash = Hash::from_oid(explicit.fields(SEQUENCE)?.oid()?)?;
    explicit.end()?;
    let mut mask = parameters.fields(CONTEXT_1)?.fields(SEQUENCE)?;
    (mask.oid()? == db::rfc5912::ID_MGF_1).then_some(())?;
    (mask.fields(SEQUENCE)?.oid()? == hash.oid()).then_some(())?;
    let salt = parameters.fields(CONTEXT_2)?.content(INTEGER)?;
    (salt == [u8::try_from(hash.length()).ok()?]).then_some(())?;
    if parameters.peek().is_some() {
        (parameters.fields(CONTEXT_3)?.content(INTEGER)? == [1]).then_some(())?;
    }
    parameters.end()?;
    Some(hash)
}

/// The one value of the one attribute of this kind in a SET OF, with its header. `None`: there is
/// none, or more than one.
pub(crate) fn attribute_value(set: &[u8], kind: ObjectIdentifier) -> Option<&[u8]> {
    let mut attributes = Fields::open(set, SET)?;
    let mut found = None;
    while attributes.peek().is_some() {
        let mut attribute = attributes.fields(SEQUENCE)?;
        if attribute.oid()? != kind {
            continue;
        }
        let mut values = attribute.fields(SET)?;
        let value = values.whole(values.peek()?)?;
        values.end()?;
        if found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// Whether a SET OF attributes, which can be read, has one of this kind.
pub(crate) fn has_attribute(set: &[u8], kind: ObjectIdentifier) -> bool {
    let Some(mut attributes) = Fields::open(set, SET) else { return false };
    while let Some(mut attribute) = attributes.fields(SEQUENCE) {
        if attribute.oid() == Some(kind) {
            return true;
        }
    }
    false
}

fn content_info(cms: &[u8]) -> Option<&[u8]> {
    let mut content_info = Fields::open(cms, SEQUENCE)?;
    (content_info.oid()? == db::rfc5911::ID_SIGNED_DATA).then_some(())?;
    let inner = content_info.content(CONTEXT_0)?;
    content_info.end()?;
    Some(inner)
}

/// subjectKeyIdentifier (RFC 5280, section 4.2.1.2).
fn key_id(der: &[u8]) -> Option<&[u8]> {
    let mut tbs = Fields::open(der, SEQUENCE)?.fields(SEQUENCE)?;
    while tbs.peek()? != EXTENSIONS {
        tbs.whole(tbs.peek()?)?;
    }
    let mut extensions = tbs.fields(EXTENSIONS)?.fields(SEQUENCE)?;
    while extensions.peek().is_some() {
        let mut extension = extensions.fields(SEQUENCE)?;
        if extension.oid()? == db::rfc5912::ID_CE_SUBJECT_KEY_IDENTIFIER {
            while extension.peek()? != OCTET_STRING {
                extension.whole(extension.peek()?)?;
            }
            return Fields::inside(extension.content(OCTET_STRING)?)?.content(OCTET_STRING);
        }
    }
    None
}

const MAX_CERTIFICATES: usize = 32;
/// `[3]`, constructed.
const CONTEXT_3: u8 = 0xa3;
/// `[0]`, primitive.
const KEY_ID: u8 = 0x80;
/// `[3]`, constructed.
const EXTENSIONS: u8 = 0xa3;
