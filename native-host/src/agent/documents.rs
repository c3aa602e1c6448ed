//! Documents that are to be signed: read once, so that what is shown and what is signed come from
//! the same octets.

use wardkey_pki::Certificate;
use wardkey_protocol::{
    Capability, ErrorCode, Fault,
    command::sign::{Args, Commitment, Document, Format},
};
use wardkey_signatures::{Commitment as Committed, cades, eps, jades, raw};

use super::{admission, certificate::Chosen, content, port::Caller};
use crate::{clock, dialog::screen::ContentItem};

/// A document as it was read.
pub struct Reading<'a> {
    document: &'a Document,
    kind: Kind,
    /// What the user is shown.
    pub item: ContentItem,
}

enum Kind {
    Cades { detached: bool, commitment: Option<Committed> },
    Eps(Box<eps::Prescription>),
    Jades { detached: bool, commitment: Option<Committed> },
    Raw,
}

/// A document that waits for the card's signature.
pub enum Prepared<'a> {
    /// CAdES.
    Cades(Box<cades::Prepared>),
    /// The signature of a prescription.
    Eps(eps::Prepared),
    /// JAdES.
    Jades(Box<jades::Prepared>),
    /// The octets themselves.
    Raw(&'a [u8]),
}

impl<'a> Reading<'a> {
    /// Reads a document for the format that was asked for.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or `capability_not_granted` where it can't be shown and the page may
    /// not ask for that.
    pub fn of(args: &Args, document: &'a Document, caller: &Caller) -> Result<Self, Fault> {
        let octets = &document.content.0;
        let (kind, item) = match args.format {
            Format::Cades => {
                let commitment = args.commitment.map(committed);
                (Kind::Cades { detached: args.detached, commitment }, content::of(document)?)
            }
            Format::Eps => {
                let prescription = eps::Prescription::read(octets)
                    .map_err(|error| malformed(document, &error.to_string()))?;
                let item = content::prescription(document, &prescription.summary());
                (Kind::Eps(Box::new(prescription)), item)
            }
            Format::Jades => {
                let commitment = args.commitment.map(committed);
                (Kind::Jades { detached: args.detached, commitment }, content::of(document)?)
            }
            Format::Raw => {
                raw::check(octets).map_err(|error| {
                    Fault::new(ErrorCode::DocumentRefused)
                        .with("document", document.id.as_str())
                        .with("reason", error.to_string())
                })?;
                (Kind::Raw, content::not_shown(document))
            }
            _ => return Err(ErrorCode::FormatUnsupported.into()),
        };
        if item.not_shown && !caller.may(Capability::SignContentNotShown) {
            return Err(admission::not_granted(Capability::SignContentNotShown));
        }
        Ok(Self { document, kind, item })
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
        match &self.kind {
            Kind::Cades { detached, commitment } => {
                let request = cades::Request {
                    document: cades::Document::Octets(&self.document.content.0),
                    attached: !detached,
                    algorithm: chosen.algorithm,
                    certificate_der: chosen.certificate.der(),
                    chain: &chain,
                    signing_time,
                    commitment: *commitment,
                    media_type: Some(&self.document.media_type),
                };
                let prepared = cades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Cades(Box::new(prepared)))
            }
            Kind::Eps(prescription) => {
                let prepared = prescription.prepare(chosen.algorithm);
                Ok(Prepared::Eps(prepared.map_err(|error| refused(&error))?))
            }
            Kind::Jades { detached, commitment } => {
                let request = jades::Request {
                    document: &self.document.content.0,
                    serialization: jades::Serialization::Compact,
                    attached: !detached,
                    algorithm: chosen.algorithm,
                    certificate_der: chosen.certificate.der(),
                    chain: &chain,
                    signing_time,
                    commitment: *commitment,
                    media_type: Some(&self.document.media_type),
                };
                let prepared = jades::prepare(request).map_err(|error| refused(&error))?;
                Ok(Prepared::Jades(Box::new(prepared)))
            }
            Kind::Raw => Ok(Prepared::Raw(&self.document.content.0)),
        }
    }
}

impl Prepared<'_> {
    /// What the card signs.
    pub fn to_be_signed(&self) -> &[u8] {
        match self {
            Self::Cades(prepared) => prepared.to_be_signed(),
            Self::Eps(prepared) => prepared.to_be_signed(),
            Self::Jades(prepared) => prepared.to_be_signed(),
            Self::Raw(octets) => octets,
        }
    }

    /// The signature in its format.
    ///
    /// # Errors
    ///
    /// `signature_invalid` where the card's has not the shape of its algorithm.
    pub fn assemble(&self, signature: &[u8], certificate: &Certificate) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Cades(prepared) => {
                prepared.assemble(signature).map_err(|_| ErrorCode::SignatureInvalid.into())
            }
            Self::Eps(prepared) => Ok(prepared.assemble(signature, certificate.der())),
            Self::Jades(prepared) => {
                prepared.assemble(signature).map_err(|_| ErrorCode::SignatureInvalid.into())
            }
            Self::Raw(_) => Ok(signature.to_vec()),
        }
    }
}

fn committed(commitment: Commitment) -> Committed {
    match commitment {
        Commitment::ProofOfOrigin => Committed::ProofOfOrigin,
        // The page's only other word.
        _ => Committed::ProofOfApproval,
    }
}

fn malformed(document: &Document, reason: &str) -> Fault {
    Fault::new(ErrorCode::DocumentMalformed)
        .with("document", document.id.as_str())
        .with("reason", reason)
}
