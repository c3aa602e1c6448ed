use const_oid::{ObjectIdentifier, db};
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};

use super::{
    BINDING, CHALLENGE_LENGTH, LABEL, LoginError, MAX_LENGTH,
    structure::{self, Statement},
};
use crate::{
    certificate::CertificateParts,
    cms::read_time,
    tlv::{CONTEXT_0, Fields, INTEGER, OCTET_STRING, SEQUENCE, SET},
};

/// What an Identity Server expects of an answer: what it gave out for this transaction.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The challenge that was given out.
    pub challenge: &'a [u8],
    /// The server's own public base address.
    pub server: &'a str,
    /// The transaction's id.
    pub transaction: &'a str,
}

/// A login structure in order but for the signature itself.
#[derive(Clone, Debug)]
#[must_use = "nothing is verified before the obligation is answered"]
pub struct Pending {
    obligations: [Obligation; 1],
    login: VerifiedLogin,
}

/// What a login structure proves: the holder of the certificate's key answered this challenge for
/// this server, and vouches for the session key.
///
/// Whether the certificate is trusted, is a login certificate and belongs to a known user is for
/// the caller to judge; the signing time is the claim of the user's machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLogin {
    /// The certificate whose key signed, DER.
    pub certificate_der: Vec<u8>,
    /// The DER SubjectPublicKeyInfo of the session key, P-256.
    pub session_key_spki: Vec<u8>,
    /// The claimed time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
}

/// Checks a login structure, DER, against what was expected.
///
/// The structure is taken apart, compared with what was expected, put together anew from its
/// parts, and has to be the same octet for octet.
///
/// # Errors
/// [`LoginError`] when any part is not as it has to be.
pub fn verify(cms: &[u8], expected: &Expected<'_>) -> Result<Pending, LoginError> {
    if cms.len() > MAX_LENGTH {
        return Err(LoginError::Malformed("too long"));
    }
    if !CHALLENGE_LENGTH.contains(&expected.challenge.len()) {
        return Err(LoginError::ChallengeLength);
    }
    let parts = Parts::read(cms)?;
    if parts.challenge != expected.challenge {
        return Err(LoginError::WrongChallenge);
    }
    let certificate = CertificateParts::of(parts.certificate).ok_or(LoginError::Certificate)?;
    let algorithm = SignatureAlgorithm::for_key(certificate.key_kind);
    if SignatureAlgorithm::from_oid(parts.algorithm) != Some(algorithm) {
        return Err(LoginError::AlgorithmRefused);
    }
    let attributes = [&[SET], parts.attributes.get(1..).unwrap_or_default()].concat();
    let statement = Claims::read(&attributes)?;
    if statement.label != LABEL {
        return Err(LoginError::WrongLabel);
    }
    if statement.claims.server != expected.server {
        return Err(LoginError::WrongServer);
    }
    if statement.claims.transaction != expected.transaction {
        return Err(LoginError::WrongTransaction);
    }
    if algorithm.digest(parts.challenge).as_deref() != Some(statement.claims.digest) {
        return Err(LoginError::DigestMismatch);
    }
    if KeyKind::of_spki(statement.claims.session_key) != Some(KeyKind::EcP256) {
        return Err(LoginError::SessionKey);
    }
    let signature = match certificate.key_kind {
        KeyKind::Rsa => parts.signature.to_vec(),
        _ => Obligation::ecdsa_from_der(algorithm, parts.signature)
            .ok_or(LoginError::SignatureInvalid)?,
    };
    let anew = statement.claims.encode()?;
    let whole =
        structure::encode(parts.challenge, parts.certificate, &anew, algorithm, &signature)?;
    if whole != cms {
        return Err(LoginError::NotExact);
    }
    let login = VerifiedLogin {
        certificate_der: parts.certificate.to_vec(),
        session_key_spki: statement.claims.session_key.to_vec(),
        signing_time: statement.claims.signing_time,
    };
    let spki = certificate.spki.to_vec();
    Ok(Pending {
        obligations: [Obligation { algorithm, spki, message: anew, signature, issued: false }],
        login,
    })
}

impl Pending {
    /// The public-key operations to answer: one.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The certificate whose key is said to have signed, DER: for callers that judge it first.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.login.certificate_der
    }

    /// The conclusion, given one answer for each obligation.
    ///
    /// # Errors
    /// [`LoginError::SignatureInvalid`] when an answer is `false` or missing.
    pub fn conclude(self, answers: &[bool]) -> Result<VerifiedLogin, LoginError> {
        if answers == [true] { Ok(self.login) } else { Err(LoginError::SignatureInvalid) }
    }

    /// The conclusion, the obligation answered by native code.
    ///
    /// # Errors
    /// [`LoginError::SignatureInvalid`] when the signature does not hold.
    #[cfg(feature = "native")]
    pub fn discharge(self) -> Result<VerifiedLogin, LoginError> {
        let answers = self.obligations.each_ref().map(Obligation::discharge);
        self.conclude(&answers)
    }
}

/// The parts that vary, as they stand in the structure; all others are compared by putting the
/// structure together anew.
struct Parts<'a> {
    challenge: &'a [u8],
    certificate: &'a [u8],
    /// Under the tag `[0]`.
    attributes: &'a [u8],
    algorithm: ObjectIdentifier,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(cms: &'a [u8]) -> Result<Self, LoginError> {
        let mut signed_data = signed_data(cms).ok_or(LoginError::Malformed("no CMS SignedData"))?;
        let challenge =
            content(&mut signed_data).ok_or(LoginError::Malformed("no embedded challenge"))?;
        let certificate =
            only(&mut signed_data, CONTEXT_0).ok_or(LoginError::Malformed("one certificate"))?;
        let signer = only(&mut signed_data, SET).ok_or(LoginError::Malformed("one signer"))?;
        signed_data.end().ok_or(LoginError::Malformed("content after the signer"))?;
        let (attributes, algorithm, signature) =
            signer_info(signer).ok_or(LoginError::Malformed("signer"))?;
        Ok(Self { challenge, certificate, attributes, algorithm, signature })
    }
}

fn signed_data(cms: &[u8]) -> Option<Fields<'_>> {
    let mut content_info = Fields::open(cms, SEQUENCE)?;
    if content_info.oid()? != db::rfc5911::ID_SIGNED_DATA {
        return None;
    }
    let inner = content_info.content(CONTEXT_0)?;
    content_info.end()?;
    let mut signed_data = Fields::open(inner, SEQUENCE)?;
    let (_version, _digests) = (signed_data.whole(INTEGER)?, signed_data.whole(SET)?);
    Some(signed_data)
}

fn content<'a>(signed_data: &mut Fields<'a>) -> Option<&'a [u8]> {
    let mut encapsulated = signed_data.fields(SEQUENCE)?;
    let _kind = encapsulated.oid()?;
    let content = encapsulated.fields(CONTEXT_0)?.content(OCTET_STRING)?;
    encapsulated.end()?;
    Some(content)
}

/// The only member of the next value, a set of SEQUENCEs.
fn only<'a>(signed_data: &mut Fields<'a>, tag: u8) -> Option<&'a [u8]> {
    let mut members = signed_data.fields(tag)?;
    let member = members.whole(SEQUENCE)?;
    members.end()?;
    Some(member)
}

/// Signed attributes, signature algorithm, signature.
fn signer_info(signer: &[u8]) -> Option<(&[u8], ObjectIdentifier, &[u8])> {
    let mut signer = Fields::open(signer, SEQUENCE)?;
    let (_version, _sid) = (signer.whole(INTEGER)?, signer.whole(SEQUENCE)?);
    let _digest = signer.whole(SEQUENCE)?;
    let attributes = signer.whole(CONTEXT_0)?;
    let algorithm = signer.fields(SEQUENCE)?.oid()?;
    let signature = signer.content(OCTET_STRING)?;
    signer.end()?;
    Some((attributes, algorithm, signature))
}

struct Claims<'a> {
    label: &'a str,
    claims: Statement<'a>,
}

impl<'a> Claims<'a> {
    fn read(attributes: &'a [u8]) -> Result<Self, LoginError> {
        let values = values(attributes).ok_or(LoginError::Malformed("signed attributes"))?;
        let value = |kind: ObjectIdentifier, name: &'static str| {
            let mut of_kind = values.iter().filter(|(oid, _)| *oid == kind);
            match (of_kind.next(), of_kind.next()) {
                (Some((_, value)), None) => Ok(*value),
                _ => Err(LoginError::Malformed(name)),
            }
        };
        let digest = value(db::rfc5911::ID_MESSAGE_DIGEST, "messageDigest")?;
        let time = value(db::rfc5911::ID_SIGNING_TIME, "signingTime")?;
        let binding = value(BINDING, "login binding")?;
        value(db::rfc5911::ID_CONTENT_TYPE, "contentType")?;
        if values.len() != ATTRIBUTES {
            return Err(LoginError::Malformed("another signed attribute"));
        }
        let digest = Fields::inside(digest).and_then(|mut digest| digest.content(OCTET_STRING));
        let (label, server, transaction, session_key) =
            read_binding(binding).ok_or(LoginError::Malformed("login binding"))?;
        let claims = Statement {
            digest: digest.ok_or(LoginError::Malformed("messageDigest"))?,
            signing_time: read_time(time).ok_or(LoginError::Malformed("signingTime"))?,
            server,
            transaction,
            session_key,
        };
        Ok(Self { label, claims })
    }
}

/// The attributes, each with its only value.
fn values(attributes: &[u8]) -> Option<Vec<(ObjectIdentifier, &[u8])>> {
    let mut attributes = Fields::open(attributes, SET)?;
    let mut values = Vec::new();
    while attributes.peek().is_some() {
        let mut attribute = attributes.fields(SEQUENCE)?;
        let kind = attribute.oid()?;
        let mut set = attribute.fields(SET)?;
        let value = set.whole(set.peek()?)?;
        set.end()?;
        attribute.end()?;
        values.push((kind, value));
    }
    Some(values)
}

fn read_binding(binding: &[u8]) -> Option<(&str, &str, &str, &[u8])> {
    let mut fields = Fields::open(binding, SEQUENCE)?;
    let (label, server, transaction) = (fields.text()?, fields.text()?, fields.text()?);
    let session_key = fields.whole(SEQUENCE)?;
    fields.end()?;
    Some((label, server, transaction, session_key))
}

/// contentType, messageDigest, signingTime and the binding.
const ATTRIBUTES: usize = 4;
