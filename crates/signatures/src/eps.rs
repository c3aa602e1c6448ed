//! The EPS advanced electronic signature: content commitment to an HL7 v3 prescription.
//!
//! The signature is a detached XML signature without a reference: it covers *fragments* of the
//! prescription (the author and the time, the patient, each medicine) in a fixed order, and stands
//! inside the prescription, in `pertinentPrescription/author/signatureText`. Not covered are the
//! nominated pharmacy, the prescription's type and its short form id. The form is that of the NHS
//! Electronic Prescription Service API and its assurance tools.
//!
//! ```
//! use wardkey_crypto::SignatureAlgorithm;
//! use wardkey_signatures::eps::{self, Prescription};
//!
//! let message = include_bytes!("../fixtures/prescription-1.xml");
//! let prescription = Prescription::read(message)?;
//! assert_eq!(prescription.summary().patient.nhs_number.as_deref(), Some("9993172049"));
//!
//! let prepared = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
//! # let sign = |_: &[u8]| vec![0; 256];
//! # let certificate = [0x30, 0];
//! let signature = sign(prepared.to_be_signed());
//! let signed = eps::embed(message, &prepared.assemble(&signature, &certificate))?;
//! assert!(signed.len() > message.len());
//! # Ok::<(), eps::EpsError>(())
//! ```

mod embed;
mod error;
mod fragments;
mod prepare;
mod service_digest;
#[cfg(feature = "verify")]
mod signature;
mod signed_info;
mod structure;
mod summary;
mod time;
#[cfg(feature = "verify")]
mod verify;

use wardkey_xml::{Document, Limits};

#[cfg(feature = "verify")]
pub use crate::options::VerifyOptions;
pub use embed::embed;
pub use error::EpsError;
pub use prepare::Prepared;
pub use service_digest::ServiceDigest;
pub use summary::{ItemSummary, PatientSummary, PrescriberSummary, PrescriptionSummary};
pub use time::SigningTime;
#[cfg(feature = "verify")]
pub use verify::{Pending, verify};

use structure::Parts;

/// A prescription whose every signed part is there exactly once.
pub struct Prescription {
    fragments: Vec<u8>,
    summary: PrescriptionSummary,
    signing_time: SigningTime,
    is_signed: bool,
}

impl Prescription {
    /// Reads a `ParentPrescription` of HL7 v3, or a message that holds exactly one.
    ///
    /// One without its namespace, as stored files have it, is read as if it had it.
    ///
    /// # Errors
    /// [`EpsError`] when the octets are not XML that is admitted, when a part is missing, given
    /// twice or out of its place, or when implementations of the signature could differ about what
    /// is signed.
    pub fn read(octets: &[u8]) -> Result<Self, EpsError> {
        let document = Document::parse(octets, &Limits::DEFAULT)?;
        let parts = Parts::locate(&document)?;
        Ok(Self {
            fragments: fragments::canonical(&parts)?,
            summary: summary::read(&parts)?,
            signing_time: parts.signing_time,
            is_signed: parts.is_signed(),
        })
    }

    /// What the prescription says, read from the same parse as what is signed; parts that the
    /// signature leaves out of a medicine are left out here too.
    #[must_use]
    pub fn summary(&self) -> PrescriptionSummary {
        self.summary.clone()
    }

    /// The time of signing that the prescription states (`author/time`). It is signed, so whoever
    /// makes the prescription has to set it to the current time before it is signed.
    #[must_use]
    pub fn signing_time(&self) -> SigningTime {
        self.signing_time
    }

    /// Whether it carries a signature already; whether that holds is another question.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// The octets that are digested: the canonical `FragmentsToBeHashed`.
    #[must_use]
    pub fn fragments(&self) -> &[u8] {
        &self.fragments
    }
}

impl std::fmt::Debug for Prescription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prescription").field("id", &self.summary.id).finish_non_exhaustive()
    }
}

/// The namespace of HL7 version 3.
const HL7: &str = "urn:hl7-org:v3";

#[cfg(test)]
mod tests;
