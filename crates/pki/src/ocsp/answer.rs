use std::{fmt, sync::Arc};

use der::{
    Encode as _,
    asn1::{GeneralizedTime, OctetString},
};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use x509_cert::ext::Extension;

use super::{OcspError, OcspRequest, OcspResponse, request, wire};
use crate::{
    Certificate, Name, ParseError, RevocationReason, Revoked, UnixTime,
    certificate::{decode, refuse_duplicates, signed},
};

/// A responder's answer for one certificate (RFC 6960, section 4.2), read against the request and
/// otherwise not judged; cheap to clone.
#[derive(Clone)]
pub struct OcspAnswer(Arc<Inner>);

struct Inner {
    issuer_name: Name,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
    status: OcspStatus,
    produced_at: UnixTime,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    tbs: Vec<u8>,
    algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
    /// Whether the responderID names the issuer itself.
    by_issuer: bool,
    /// The certificates sent along that the responderID names.
    responders: Vec<Certificate>,
}

/// What a responder says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OcspStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked(Revoked),
    /// The responder does not know the certificate: not good.
    Unknown,
}

/// How old an answer may be, and how far two clocks may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspFreshness {
    /// Seconds from thisUpdate for which an answer counts at the most, even if its nextUpdate
    /// lies further ahead or it has none.
    pub max_age_seconds: u64,
    /// Seconds by which the responder's clock may be ahead, and ours may be late on nextUpdate.
    pub skew_seconds: u64,
}

impl Default for OcspFreshness {
    /// One day, and one minute.
    fn default() -> Self {
        Self { max_age_seconds: 24 * 3600, skew_seconds: 60 }
    }
}

impl OcspAnswer {
    /// The longest answer that is read, in bytes.
    pub const MAX_BYTES: usize = OcspResponse::MAX_BYTES;

    /// Reads the DER of an OCSPResponse to `request`.
    ///
    /// # Errors
    /// [`OcspError`] when it can't be read, the responder refused, or it answers something else.
    pub fn from_der(der: &[u8], request: &OcspRequest) -> Result<Self, OcspError> {
        OcspResponse::from_der(der)?.answer(request)
    }

    /// What a response, of which `tbs` is what was signed, says to `request`.
    pub(super) fn read(
        basic: &wire::BasicOcspResponse,
        tbs: &[u8],
        request: &OcspRequest,
    ) -> Result<Self, OcspError> {
        let data = &basic.tbs_response_data;
        extensions(&data.response_extensions, request.nonce())?;
        let mut about = data.responses.iter().filter(|one| same(&one.cert_id, request.id()));
        let (Some(single), None) = (about.next(), about.next()) else {
            return Err(OcspError::WrongCertificate);
        };
        extensions(&single.single_extensions, None)?;
        let named = |certificate: &Certificate| names(&data.responder_id, certificate);
        let sent = basic.certs.as_deref().unwrap_or_default();
        // A certificate that can't be read is not the responder's.
        let responders = sent.iter().take(MAX_CERTIFICATES).filter_map(|certificate| {
            Certificate::from_der(&certificate.to_der().ok()?).ok().filter(named)
        });
        Ok(Self(Arc::new(Inner {
            issuer_name: request.issuer_name().clone(),
            issuer_key: request.issuer().spki().to_vec(),
            serial: request.serial().to_vec(),
            status: OcspStatus::read(&single.cert_status),
            produced_at: time(data.produced_at),
            this_update: time(single.this_update),
            next_update: single.next_update.map(time),
            tbs: tbs.to_vec(),
            algorithm: SignatureAlgorithm::from_oid(basic.signature_algorithm.oid),
            signature: basic
                .signature
                .as_bytes()
                .ok_or(ParseError::Malformed("signature"))?
                .to_vec(),
            by_issuer: named(request.issuer()),
            responders: responders.collect(),
        })))
    }

    /// What the responder says.
    #[must_use]
    pub fn status(&self) -> OcspStatus {
        self.0.status
    }

    /// When the answer was signed.
    #[must_use]
    pub fn produced_at(&self) -> UnixTime {
        self.0.produced_at
    }

    /// The time of which the status is known to be right.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When newer information is due. `None`: not stated, which means at any time.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.0.next_update
    }

    /// Seconds since thisUpdate, 0 when that lies ahead.
    #[must_use]
    pub fn age(&self, now: UnixTime) -> u64 {
        now.seconds_since(self.0.this_update)
    }

    /// The last second at which the answer counts: the earlier of nextUpdate with the skew, and
    /// the end of the maximum age.
    #[must_use]
    pub fn counts_until(&self, freshness: OcspFreshness) -> UnixTime {
        let oldest = self.0.this_update.plus(freshness.max_age_seconds);
        let due = self.0.next_update.map(|next| next.plus(freshness.skew_seconds));
        due.map_or(oldest, |due| due.min(oldest))
    }

    /// Whether the answer counts at `now`: it was not made ahead of it, and is not too old.
    #[must_use]
    pub fn is_current(&self, now: UnixTime, freshness: OcspFreshness) -> bool {
        !self.is_ahead(now, freshness) && now <= self.counts_until(freshness)
    }

    /// Whether the answer is for this certificate of this issuer.
    #[must_use]
    pub fn covers(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.0.serial == certificate.serial()
            && self.0.issuer_name == *certificate.issuer()
            && self.0.issuer_name == *issuer.subject()
            && self.0.issuer_key == issuer.spki()
    }

    /// The algorithm of the signature. `None`: not one of ours.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.0.algorithm
    }

    /// What has to hold for `signer` to have signed this answer. `None`: the algorithm is not one
    /// of ours, does not fit the signer's key, or the signature has not its shape.
    #[must_use]
    pub fn obligation(&self, signer: &Certificate) -> Option<Obligation> {
        signed(self.0.algorithm?, signer, &self.0.tbs, &self.0.signature)
    }

    /// Whether thisUpdate or producedAt lies ahead.
    pub(crate) fn is_ahead(&self, now: UnixTime, freshness: OcspFreshness) -> bool {
        self.0.this_update.max(self.0.produced_at) > now.plus(freshness.skew_seconds)
    }

    /// Whether the issuer itself claims to have signed.
    pub(crate) fn is_by_issuer(&self) -> bool {
        self.0.by_issuer
    }

    /// The certificates sent along of whoever claims to have signed.
    pub(crate) fn responders(&self) -> &[Certificate] {
        &self.0.responders
    }
}

impl fmt::Debug for OcspAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspAnswer({:?}, made {})", self.status(), self.this_update())
    }
}

impl OcspStatus {
    fn read(status: &wire::CertStatus) -> Self {
        match status {
            wire::CertStatus::Good(_) => Self::Good,
            wire::CertStatus::Revoked(info) => Self::Revoked(Revoked {
                date: time(info.revocation_time),
                reason: info
                    .revocation_reason
                    .map_or(RevocationReason::Unspecified, RevocationReason::from),
            }),
            wire::CertStatus::Unknown(_) => Self::Unknown,
        }
    }
}

/// Refuses what is critical and not understood, and another nonce than the one asked with.
fn extensions(list: &Option<Vec<Extension>>, nonce: Option<&[u8]>) -> Result<(), OcspError> {
    let list = list.as_deref().unwrap_or_default();
    refuse_duplicates(list)?;
    let mut answered = None;
    for extension in list {
        if extension.extn_id == request::NONCE {
            answered = Some(extension);
        } else if extension.critical {
            return Err(ParseError::UnknownCriticalExtension(extension.extn_id).into());
        }
    }
    let Some(asked) = nonce else { return Ok(()) };
    let answered: OctetString = decode(answered.ok_or(OcspError::Nonce)?)?;
    if answered.as_bytes() == asked { Ok(()) } else { Err(OcspError::Nonce) }
}

/// Parameters of the hash algorithm are left aside: some leave NULL out.
fn same(one: &wire::CertId, other: &wire::CertId) -> bool {
    one.hash_algorithm.oid == other.hash_algorithm.oid
        && one.issuer_name_hash == other.issuer_name_hash
        && one.issuer_key_hash == other.issuer_key_hash
        && one.serial_number == other.serial_number
}

fn names(responder: &wire::ResponderId, certificate: &Certificate) -> bool {
    match responder {
        wire::ResponderId::ByName(name) => {
            let der = name.to_der().unwrap_or_default();
            Name::from_x509(name, &der) == *certificate.subject()
        }
        wire::ResponderId::ByKey(hash) => {
            request::key_hash(certificate).is_ok_and(|own| own == hash.as_bytes())
        }
    }
}

fn time(time: GeneralizedTime) -> UnixTime {
    UnixTime::from_seconds(time.to_unix_duration().as_secs())
}

/// The most certificates sent along that are looked at.
const MAX_CERTIFICATES: usize = 4;
