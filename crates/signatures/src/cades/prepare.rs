use const_oid::db;
use wardkey_crypto::SignatureAlgorithm;

use super::{COMMITMENT, CadesError, Document, MEDIA_TYPE, TIMESTAMP};
use crate::{
    Commitment,
    certificate::CertificateParts,
    cms::{self, SignerInfo, attribute},
    tlv::{
        CONTEXT_0, CONTEXT_1, Fields, OCTET_STRING, SEQUENCE, SET, UTF8_STRING, header, oid,
        set_of, tlv,
    },
};

/// What is to be signed, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The document.
    pub document: Document<'a>,
    /// Whether the document's octets stand in the signature.
    pub attached: bool,
    /// How the card signs.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate, DER.
    pub certificate_der: &'a [u8],
    /// Certificates of authorities, DER, that travel along.
    pub chain: &'a [&'a [u8]],
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub signing_time: u64,
    /// What the signer commits to.
    pub commitment: Option<Commitment>,
    /// The document's media type.
    pub media_type: Option<&'a str>,
}

/// A signature that waits for the card's.
#[derive(Clone, Debug)]
pub struct Prepared {
    content: Option<Vec<u8>>,
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

/// Lays out the signed attributes: content-type, message-digest, signing-time,
/// signing-certificate-v2 and, where they are asked for, commitment-type-indication and mime-type.
///
/// # Errors
/// [`CadesError`] when the certificate, the digest or the time can't be used.
pub fn prepare(request: Request<'_>) -> Result<Prepared, CadesError> {
    let time = cms::time(request.signing_time).ok_or(CadesError::Time)?;
    lay_out(request, Some(attribute(db::rfc5911::ID_SIGNING_TIME, &time)))
}

/// As [`prepare`], without the attribute signing-time: PDF has the time in a place of its own.
///
/// # Errors
/// As [`prepare`].
pub(crate) fn prepare_untimed(request: Request<'_>) -> Result<Prepared, CadesError> {
    lay_out(request, None)
}

fn lay_out(request: Request<'_>, time: Option<Vec<u8>>) -> Result<Prepared, CadesError> {
    let parts = CertificateParts::of(request.certificate_der).ok_or(CadesError::Certificate)?;
    let algorithm = request.algorithm;
    if algorithm.key_kind() != parts.key_kind || algorithm.is_legacy() {
        return Err(CadesError::Certificate);
    }
    let (digest, content) = match request.document {
        Document::Octets(octets) => {
            let digest = algorithm.digest(octets).ok_or(CadesError::Digest)?;
            (digest, request.attached.then(|| octets.to_vec()))
        }
        Document::Digest(digest) if digest.len() == algorithm.hash().length() => {
            (digest.to_vec(), None)
        }
        Document::Digest(_) => return Err(CadesError::Digest),
    };
    let mut attributes = vec![
        attribute(db::rfc5911::ID_CONTENT_TYPE, &oid(db::rfc5911::ID_DATA)),
        attribute(db::rfc5911::ID_MESSAGE_DIGEST, &tlv(OCTET_STRING, &[&digest])),
        attribute(
            db::rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            &signing_certificate(request.certificate_der, parts)?,
        ),
    ];
    attributes.extend(time);
    if let Some(commitment) = request.commitment {
        attributes.push(attribute(COMMITMENT, &tlv(SEQUENCE, &[&oid(commitment.oid())])));
    }
    if let Some(media_type) = request.media_type {
        attributes.push(attribute(MEDIA_TYPE, &tlv(UTF8_STRING, &[media_type.as_bytes()])));
    }
    Ok(Prepared {
        content,
        certificate: request.certificate_der.to_vec(),
        chain: request.chain.iter().map(|der| der.to_vec()).collect(),
        attributes: set_of(attributes),
        algorithm,
    })
}

impl Prepared {
    /// The octets to sign: the DER SET OF the signed attributes, beginning with 0x31.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.attributes
    }

    /// How to sign them.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The CAdES signature, DER; `signature` is RSA's as it is, ECDSA's as `r || s`.
    ///
    /// # Errors
    /// [`CadesError::Signature`] when the signature has not the shape of its algorithm.
    pub fn assemble(&self, signature: &[u8]) -> Result<Vec<u8>, CadesError> {
        let certificate = CertificateParts::of(&self.certificate).ok_or(CadesError::Certificate)?;
        let chain = self.chain.iter().map(Vec::as_slice);
        let certificates: Vec<&[u8]> =
            std::iter::once(self.certificate.as_slice()).chain(chain).collect();
        let signer = SignerInfo {
            certificate,
            algorithm: self.algorithm,
            attributes: &self.attributes,
            signature,
        };
        cms::signed_data(self.content.as_deref(), &certificates, signer)
            .ok_or(CadesError::Signature)
    }
}

/// What a timestamp over a CAdES signature is over: the signature value (ETSI EN 319 122-1,
/// section 5.3).
///
/// # Errors
/// [`CadesError::Malformed`] when it is no CAdES signature.
pub fn timestamp_imprint(cades: &[u8]) -> Result<Vec<u8>, CadesError> {
    let parts = Parts::read(cades).ok_or(CadesError::Malformed)?;
    parts.signature_value().map(<[u8]>::to_vec).ok_or(CadesError::Malformed)
}

/// A B-T signature: a B-B one with a timestamp's token, DER, in place of any that it had.
///
/// # Errors
/// [`CadesError::Malformed`] when it is no CAdES signature.
pub fn with_timestamp(cades: &[u8], token: &[u8]) -> Result<Vec<u8>, CadesError> {
    let parts = Parts::read(cades).ok_or(CadesError::Malformed)?;
    parts.with_unsigned(&attribute(TIMESTAMP, token)).ok_or(CadesError::Malformed)
}

/// A detached signature as an attached one without its document, of so many octets, and the place
/// where the document belongs: for who has the document elsewhere.
///
/// # Errors
/// [`CadesError::Malformed`] when it is no detached CAdES signature.
pub fn with_room(cades: &[u8], length: usize) -> Result<(Vec<u8>, usize), CadesError> {
    let parts = Parts::read(cades).ok_or(CadesError::Malformed)?;
    parts.with_room(length).ok_or(CadesError::Malformed)
}

/// A SignedData with one signer, cut where an unsigned attribute goes in.
struct Parts<'a> {
    /// The fields of SignedData before the signers, each whole.
    before: Vec<&'a [u8]>,
    /// Those of the signer, each whole, without unsigned attributes.
    signer: Vec<&'a [u8]>,
    /// The unsigned attributes, whole.
    unsigned: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn read(cades: &'a [u8]) -> Option<Self> {
        let mut content_info = Fields::open(cades, SEQUENCE)?;
        (content_info.oid()? == db::rfc5911::ID_SIGNED_DATA).then_some(())?;
        let mut data = content_info.fields(CONTEXT_0)?.fields(SEQUENCE)?;
        content_info.end()?;
        let mut all = Vec::new();
        while let Some(tag) = data.peek() {
            all.push(data.whole(tag)?);
        }
        let mut signers = Fields::open(all.pop()?, SET)?;
        let mut fields = signers.fields(SEQUENCE)?;
        signers.end()?;
        let mut signer = Vec::new();
        while let Some(tag) = fields.peek().filter(|tag| *tag != CONTEXT_1) {
            signer.push(fields.whole(tag)?);
        }
        let unsigned = fields.peek().map_or(Some(None), |tag| fields.whole(tag).map(Some))?;
        Some(Self { before: all, signer, unsigned })
    }

    fn signature_value(&self) -> Option<&'a [u8]> {
        Fields::inside(self.signer.last()?)?.content(OCTET_STRING)
    }

    fn with_unsigned(&self, attribute: &[u8]) -> Option<Vec<u8>> {
        self.signature_value()?;
        let unsigned = tlv(CONTEXT_1, &[attribute]);
        let signers = self.signers(Some(&unsigned));
        let data = tlv(SEQUENCE, &[self.before.as_slice(), &[&signers]].concat());
        let inner = tlv(CONTEXT_0, &[&data]);
        Some(tlv(SEQUENCE, &[&oid(db::rfc5911::ID_SIGNED_DATA), &inner]))
    }

    fn signers(&self, unsigned: Option<&[u8]>) -> Vec<u8> {
        let signer: Vec<&[u8]> = self.signer.iter().copied().chain(unsigned).collect();
        tlv(SET, &[&tlv(SEQUENCE, &signer)])
    }

    fn with_room(&self, length: usize) -> Option<(Vec<u8>, usize)> {
        self.signature_value()?;
        let [version, digests, content, certificates @ ..] = self.before.as_slice() else {
            return None;
        };
        let kind = oid(db::rfc5911::ID_DATA);
        // Detached: there is a type and nothing of it.
        (*content == tlv(SEQUENCE, &[&kind])).then_some(())?;
        let tail = [certificates.concat(), self.signers(self.unsigned)].concat();
        // From the inside out, as each length counts what stands within.
        let mut head = header(OCTET_STRING, length);
        head.splice(..0, header(CONTEXT_0, head.len() + length));
        head.splice(..0, kind);
        head.splice(..0, header(SEQUENCE, head.len() + length));
        head.splice(..0, [*version, *digests].concat());
        let inside = length + tail.len();
        head.splice(..0, header(SEQUENCE, head.len() + inside));
        head.splice(..0, header(CONTEXT_0, head.len() + inside));
        head.splice(..0, oid(db::rfc5911::ID_SIGNED_DATA));
        head.splice(..0, header(SEQUENCE, head.len() + inside));
        let at = head.len();
        head.extend_from_slice(&tail);
        Some((head, at))
    }
}

/// SigningCertificateV2 (RFC 5035, section 5.4.1.1): the hash, SHA-256 by default and so not
/// named, with issuer and serial number.
fn signing_certificate(der: &[u8], parts: CertificateParts<'_>) -> Result<Vec<u8>, CadesError> {
    let hash = wardkey_crypto::Hash::Sha256.digest(der).ok_or(CadesError::Certificate)?;
    let issuer = tlv(SEQUENCE, &[&tlv(DIRECTORY_NAME, &[parts.issuer])]);
    let issuer_serial = tlv(SEQUENCE, &[&issuer, parts.serial]);
    let id = tlv(SEQUENCE, &[&tlv(OCTET_STRING, &[&hash]), &issuer_serial]);
    Ok(tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&id])]))
}

/// directoryName of GeneralName, `[4]`.
const DIRECTORY_NAME: u8 = 0xa4;
