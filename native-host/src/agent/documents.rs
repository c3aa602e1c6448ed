//! Documents that are to be signed: read once, so that what is shown and what is signed come from
//! the same octets.

use wardkey_crypto::SignatureAlgorithm;
use wardkey_pki::Certificate;
use wardkey_protocol::{
    Capability, ErrorCode, Fault,
    command::sign::{Args, Commitment, Format, Join, Joined, Packaging, Serialization},
};
use wardkey_signatures::{
    Commitment as Committed, Document as Signed, cades, eps, jades, pades, raw, xades,
};

use super::{
    admission,
    certificate::Chosen,
    content,
    port::Caller,
    received::{Content, Received},
    signing::Over,
};
use crate::{clock, dialog::screen::ContentItem};

/// A document as it was read.
pub struct Reading<'a> {
    document: &'a Received<'a>,
    kind: Kind,
    packaging: Option<Packaging>,
    serialization: Option<Serialization>,
    commitment: Option<Committed>,
    reason: Option<&'a str>,
    timestamp: bool,
    /// What the user is shown.
    pub item: ContentItem,
}

enum Kind {
    Cades,
    Eps(Box<eps::Prescription>),
    EpsDigest(eps::ServiceDigest),
    Jws { baseline: bool },
    Pades,
    Raw,
    RawDigest,
    Xml { baseline: bool },
}

/// A document that waits for the card's signature.
pub enum Prepared<'a> {
    /// CAdES.
    Cades {
        /// Without the document.
        prepared: Box<cades::Prepared>,
        /// The size of a document for which room is to be left.
        room: Option<usize>,
    },
    /// The signature of a prescription.
    Eps(eps::Prepared),
    /// JAdES, or a plain JWS.
    Jws(Box<jades::Prepared>),
    /// PAdES.
    Pades(Box<pades::Prepared>),
    /// The octets themselves, or their digest.
    Raw(Over<'a>),
    /// XAdES, or a plain XML signature.
    Xml(Box<xades::Prepared>),
}

impl<'a> Reading<'a> {
    /// Reads a document for the format that was asked for.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or `capability_not_granted` where it can't be shown and the page may
    /// not ask for that.
    pub fn of(args: &'a Args, document: &'a Received<'a>, caller: &Caller) -> Result<Self, Fault> {
        let octets = document.octets();
        let seen = || content::of(document);
        let (kind, item) = match args.format {
            Format::Cades => (Kind::Cades, seen()?),
            Format::Eps => {
                let prescription = eps::Prescription::read(octets)
                    .map_err(|error| malformed(document, &error.to_string()))?;
                let item = content::prescription(document, &prescription.summary());
                (Kind::Eps(Box::new(prescription)), item)
            }
            Format::EpsDigest => {
                let digest = eps::ServiceDigest::read(octets)
                    .map_err(|error| malformed(document, &error.to_string()))?;
                // Old services ask for SHA-1, with which nothing is signed here.
                if digest.algorithm() != SignatureAlgorithm::RsaPkcs1Sha256 {
                    let refused = eps::EpsError::AlgorithmRefused(digest.algorithm());
                    return Err(malformed(document, &refused.to_string()));
                }
                (Kind::EpsDigest(digest), content::not_shown(document))
            }
            Format::Jades | Format::Jws => {
                (Kind::Jws { baseline: args.format == Format::Jades }, seen()?)
            }
            Format::Pades => {
                pades::check(octets).map_err(|error| malformed(document, &error.to_string()))?;
                (Kind::Pades, seen()?)
            }
            Format::Raw if document.digest.is_some() => {
                // Of octets that nobody here has seen, nothing can be refused.
                if !caller.web_eid {
                    let invalid = Fault::new(ErrorCode::ArgumentInvalid);
                    return Err(
                        invalid.with("reason", "digest: not with the format raw on this site")
                    );
                }
                (Kind::RawDigest, content::not_shown(document))
            }
            Format::Raw => {
                raw::check(octets).map_err(|error| {
                    Fault::new(ErrorCode::DocumentRefused)
                        .with("document", document.id.as_str())
                        .with("reason", error.to_string())
                })?;
                (Kind::Raw, content::not_shown(document))
            }
            Format::Xades | Format::Xmldsig => {
                (Kind::Xml { baseline: args.format == Format::Xades }, seen()?)
            }
            _ => return Err(ErrorCode::FormatUnsupported.into()),
        };
        // The user is asked only where it is known beforehand.
        let may_be_unseen = caller.may(Capability::SignContentNotShown);
        let item = ContentItem { may_be_unseen, ..item };
        if item.not_shown && !caller.may_come_to(Capability::SignContentNotShown) {
            return Err(admission::not_granted(Capability::SignContentNotShown));
        }
        let commitment = args.commitment.map(committed).transpose()?;
        Ok(Self {
            document,
            kind,
            packaging: args.packaging,
            serialization: args.serialization,
            commitment,
            reason: args.reason.as_deref(),
            timestamp: args.timestamp,
            item,
        })
    }

    /// Lays out what the card signs; `chain` are the authorities above the signer.
    ///
    /// # Errors
    ///
    /// `document_malformed` where the format has no place for it.
    pub fn prepare(&self, chosen: &Chosen, chain: &[Certificate]) -> Result<Prepared<'a>, Fault> {
        let refused = |error: &dyn std::error::Error| malformed(self.document, &error.to_string());
        let chain: Vec<&[u8]> = chain.iter().map(Certificate::der).collect();
        let signing_time = clock::now().seconds();
        let octets = self.document.octets();
        let (algorithm, certificate_der) = (chosen.algorithm, chosen.certificate.der());
        let document = match self.document.content() {
            Content::Digest(digest) => Signed::Digest(digest),
            Content::Digests(digests) => {
                Signed::Digest(digests.by(algorithm.hash()).ok_or(ErrorCode::Internal)?)
            }
            Content::Octets(octets, _) => Signed::Octets(octets),
        };
        let attached = self.packaging != Some(Packaging::Detached);
        let (chain, commitment) = (&chain[..], self.commitment);
        let media_type = Some(self.document.media_type.as_str());
        match &self.kind {
            Kind::Cades => {
                let request = cades::Request {
                    document,
                    attached: attached && self.document.size.is_none(),
                    algorithm,
                    certificate_der,
                    chain,
                    signing_time,
                    commitment,
                    media_type,
                };
                let room = self.document.size().filter(|_| attached && !request.attached);
                let prepared = cades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Cades { prepared: Box::new(prepared), room })
            }
            Kind::Eps(prescription) => {
                let prepared = prescription.prepare(algorithm);
                Ok(Prepared::Eps(prepared.map_err(|error| refused(&error))?))
            }
            Kind::EpsDigest(digest) => {
                let prepared = digest.prepare(algorithm).map_err(|error| refused(&error))?;
                Ok(Prepared::Eps(prepared))
            }
            Kind::Jws { baseline } => {
                let request = jades::Request {
                    document: octets,
                    baseline: *baseline,
                    serialization: match self.serialization {
                        Some(Serialization::Json) => jades::Serialization::Flattened,
                        _ => jades::Serialization::Compact,
                    },
                    attached,
                    algorithm,
                    certificate_der,
                    chain,
                    signing_time,
                    commitment,
                    media_type,
                };
                let prepared = jades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Jws(Box::new(prepared)))
            }
            Kind::Pades => {
                let request = pades::Request {
                    document: octets,
                    algorithm,
                    certificate_der,
                    chain,
                    signing_time,
                    commitment,
                    reason: self.reason,
                    room_for_timestamp: self.timestamp,
                };
                let prepared = pades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Pades(Box::new(prepared)))
            }
            Kind::Raw => Ok(Prepared::Raw(Over::Message(octets))),
            Kind::RawDigest => {
                let (digest, hash) = (self.document.digest(), algorithm.hash());
                if hash.digest(b"").is_none_or(|of_nothing| of_nothing.len() != digest.len()) {
                    return Err(malformed(self.document, "the digest has not the hash's length"));
                }
                Ok(Prepared::Raw(Over::Digest(digest)))
            }
            Kind::Xml { baseline } => {
                let request = xades::Request {
                    document,
                    packaging: match self.packaging {
                        Some(Packaging::Detached) => {
                            xades::Packaging::Detached { name: &self.document.name }
                        }
                        Some(Packaging::Enveloping) => xades::Packaging::Enveloping,
                        _ => xades::Packaging::Enveloped,
                    },
                    baseline: *baseline,
                    algorithm,
                    certificate_der,
                    chain,
                    signing_time,
                    commitment,
                    media_type,
                };
                let prepared = xades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Xml(Box::new(prepared)))
            }
        }
    }
}

impl Prepared<'_> {
    /// What the card signs.
    pub fn to_be_signed(&self) -> Over<'_> {
        Over::Message(match self {
            Self::Cades { prepared, .. } => prepared.to_be_signed(),
            Self::Eps(prepared) => prepared.to_be_signed(),
            Self::Jws(prepared) => prepared.to_be_signed(),
            Self::Pades(prepared) => prepared.to_be_signed(),
            Self::Raw(over) => return *over,
            Self::Xml(prepared) => prepared.to_be_signed(),
        })
    }

    /// The signature in its format.
    ///
    /// # Errors
    ///
    /// `signature_invalid` where the card's has not the shape of its algorithm.
    pub fn assemble(&self, signature: &[u8], certificate: &Certificate) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Cades { prepared, .. } => {
                prepared.assemble(signature).map_err(|_| ErrorCode::SignatureInvalid.into())
            }
            Self::Eps(prepared) => Ok(prepared.assemble(signature, certificate.der())),
            Self::Jws(prepared) => {
                prepared.assemble(signature).map_err(|_| ErrorCode::SignatureInvalid.into())
            }
            Self::Pades(prepared) => {
                prepared.assemble(signature).map_err(|_| ErrorCode::SignatureInvalid.into())
            }
            Self::Raw(_) => Ok(signature.to_vec()),
            Self::Xml(prepared) => Ok(prepared.assemble(signature)),
        }
    }

    /// The signature with a timestamp over it, as `token` gets it for the octets that it has to be
    /// over.
    ///
    /// # Errors
    ///
    /// That of `token`.
    pub fn timestamped(
        &self,
        signature: &[u8],
        token: impl FnOnce(&[u8]) -> Result<Vec<u8>, Fault>,
    ) -> Result<Vec<u8>, Fault> {
        type Imprint = fn(&[u8]) -> Option<Vec<u8>>;
        type Put = fn(&[u8], &[u8]) -> Option<Vec<u8>>;
        let (imprint, put): (Imprint, Put) = match self {
            Self::Cades { .. } => (
                |signature| cades::timestamp_imprint(signature).ok(),
                |signature, token| cades::with_timestamp(signature, token).ok(),
            ),
            Self::Jws(_) => (
                |signature| jades::timestamp_imprint(signature).ok(),
                |signature, token| jades::with_timestamp(signature, token).ok(),
            ),
            Self::Pades(_) => (
                |signature| pades::timestamp_imprint(signature).ok(),
                |signature, token| pades::with_timestamp(signature, token).ok(),
            ),
            Self::Xml(_) => (
                |signature| xades::timestamp_imprint(signature).ok(),
                |signature, token| xades::with_timestamp(signature, token).ok(),
            ),
            // No page gets as far as asking for one.
            Self::Eps(_) | Self::Raw(_) => return Err(ErrorCode::FormatUnsupported.into()),
        };
        let over = imprint(signature).ok_or(ErrorCode::Internal)?;
        Ok(put(signature, &token(&over)?).ok_or(ErrorCode::Internal)?)
    }

    /// The signature as the page gets it: where its document came in chunks and belongs in it, the
    /// page has the document, and joins them.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn for_page(&self, signature: Vec<u8>) -> Result<(Vec<u8>, Option<Joined>), Fault> {
        let Self::Cades { room: Some(size), .. } = self else { return Ok((signature, None)) };
        let (around, at) =
            cades::with_room(&signature, *size).map_err(|_| Fault::from(ErrorCode::Internal))?;
        let at = u32::try_from(at).map_err(|_| Fault::from(ErrorCode::Internal))?;
        Ok((around, Some(Joined { how: Join::Around, at })))
    }
}

fn committed(commitment: Commitment) -> Result<Committed, Fault> {
    Ok(match commitment {
        Commitment::ProofOfApproval => Committed::ProofOfApproval,
        Commitment::ProofOfCreation => Committed::ProofOfCreation,
        Commitment::ProofOfDelivery => Committed::ProofOfDelivery,
        Commitment::ProofOfOrigin => Committed::ProofOfOrigin,
        Commitment::ProofOfReceipt => Committed::ProofOfReceipt,
        Commitment::ProofOfSender => Committed::ProofOfSender,
        // The enum may grow.
        _ => return Err(ErrorCode::ArgumentInvalid.into()),
    })
}

fn malformed(document: &Received<'_>, reason: &str) -> Fault {
    Fault::new(ErrorCode::DocumentMalformed)
        .with("document", document.id.as_str())
        .with("reason", reason)
}
