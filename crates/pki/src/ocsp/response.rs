use std::{fmt, sync::Arc};

use const_oid::ObjectIdentifier;
use der::{Decode as _, Reader as _, SliceReader, asn1::AnyRef};

use super::{OcspAnswer, OcspError, OcspHash, OcspRefusal, OcspRequest, wire};
use crate::{Certificate, ParseError};

/// What a responder sent (RFC 6960, section 4.2), whoever asked for it: answers for one or several
/// certificates, none of them judged; cheap to clone.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    basic: wire::BasicOcspResponse,
    /// What was signed.
    tbs: Vec<u8>,
}

impl OcspResponse {
    /// The longest response that is read, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Reads the DER of an OCSPResponse.
    ///
    /// # Errors
    /// [`OcspError`] when it can't be read, or the responder refused.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLarge.into());
        }
        let outer = wire::OcspResponse::from_der(der).map_err(malformed)?;
        refused(outer.response_status).map_or(Ok(()), |why| Err(OcspError::Refused(why)))?;
        let bytes = outer.response_bytes.ok_or(ParseError::Malformed(WHAT))?;
        if bytes.response_type != BASIC {
            return Err(OcspError::UnknownType(bytes.response_type));
        }
        let der = bytes.response.as_bytes();
        let basic = wire::BasicOcspResponse::from_der(der).map_err(malformed)?;
        let fields = AnyRef::from_der(der).map_err(malformed)?.value();
        let tbs = SliceReader::new(fields).and_then(|mut fields| fields.tlv_bytes());
        let tbs = tbs.map_err(malformed)?.to_vec();
        Ok(Self(Arc::new(Inner { basic, tbs })))
    }

    /// The answer to `request`.
    ///
    /// # Errors
    /// [`OcspError`] when it answers something else.
    pub fn answer(&self, request: &OcspRequest) -> Result<OcspAnswer, OcspError> {
        OcspAnswer::read(&self.0.basic, &self.0.tbs, request)
    }

    /// The answers that it holds for any of these certificates, by issuers among them.
    #[must_use]
    pub fn answers(&self, certificates: &[Certificate]) -> Vec<OcspAnswer> {
        let pairs = certificates.iter().flat_map(|certificate| {
            let of = |issuer: &&Certificate| issuer.subject() == certificate.issuer();
            certificates.iter().filter(of).map(move |issuer| (certificate, issuer))
        });
        let asked = pairs.flat_map(|(certificate, issuer)| {
            let hashes = [OcspHash::Sha1, OcspHash::Sha256];
            hashes.map(|hash| OcspRequest::new(certificate, issuer, hash))
        });
        asked.filter_map(|request| self.answer(&request.ok()?).ok()).collect()
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = self.0.basic.tbs_response_data.responses.len();
        write!(f, "OcspResponse({answers} answers)")
    }
}

fn refused(status: wire::ResponseStatus) -> Option<OcspRefusal> {
    match status {
        wire::ResponseStatus::Successful => None,
        wire::ResponseStatus::MalformedRequest => Some(OcspRefusal::MalformedRequest),
        wire::ResponseStatus::InternalError => Some(OcspRefusal::InternalError),
        wire::ResponseStatus::TryLater => Some(OcspRefusal::TryLater),
        wire::ResponseStatus::SigRequired => Some(OcspRefusal::SigRequired),
        wire::ResponseStatus::Unauthorized => Some(OcspRefusal::Unauthorized),
    }
}

fn malformed(_: der::Error) -> ParseError {
    ParseError::Malformed(WHAT)
}

const WHAT: &str = "the OCSP answer";
/// id-pkix-ocsp-basic (RFC 6960, section 4.2.1).
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
