use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use wardkey_crypto::Hash;
use wardkey_xml::{
    Canonicalization, Document, ElementBuilder, Limits,
    dsig::{self, DigestMethod, DsigError},
};

use super::{NAMESPACE, XadesError};
use crate::Commitment;

/// What is signed beside the document (ETSI EN 319 132-1, section 5.2).
pub(super) struct Properties<'a> {
    /// The signature's id.
    pub(super) id: &'a str,
    pub(super) certificate_der: &'a [u8],
    /// Seconds since 1970.
    pub(super) signing_time: u64,
    pub(super) commitment: Option<Commitment>,
    pub(super) media_type: &'a str,
}

impl Properties<'_> {
    /// The Object that holds them, and what is signed of them: the canonical SignedProperties.
    ///
    /// # Errors
    /// [`XadesError`] when they can't be written.
    pub(super) fn to_object(&self) -> Result<(ElementBuilder, Vec<u8>), XadesError> {
        let signed = element("SignedProperties")
            .attribute("Id", format!("{}-properties", self.id))
            .child(
                element("SignedSignatureProperties")
                    .child(element("SigningTime").text(self.time()?))
                    .child(element("SigningCertificateV2").child(self.certificate()?)),
            )
            .child(
                element("SignedDataObjectProperties")
                    .child(
                        element("DataObjectFormat")
                            .attribute("ObjectReference", format!("#{}-document", self.id))
                            .child(element("MimeType").text(self.media_type)),
                    )
                    .children(self.commitment.map(indication)),
            );
        let qualifying = element("QualifyingProperties")
            .namespace(PREFIX, NAMESPACE)
            .attribute("Target", format!("#{}", self.id))
            .child(signed);
        let object = ElementBuilder::new("ds:Object").child(qualifying);
        // Exclusive canonicalization is the same wherever the signature will stand.
        let alone =
            object.clone().namespace("ds", dsig::NAMESPACE).to_xml().map_err(DsigError::from)?;
        let alone = Document::parse(alone.as_bytes(), &Limits::MESSAGE)?;
        let signed = alone.root().path(&["QualifyingProperties", "SignedProperties"]);
        let signed = signed.ok_or(XadesError::Malformed)?;
        let canonical = Canonicalization::exclusive().element(signed).map_err(DsigError::from)?;
        Ok((object, canonical))
    }

    fn time(&self) -> Result<String, XadesError> {
        let time = der::DateTime::from_unix_duration(Duration::from_secs(self.signing_time));
        time.map(|time| time.to_string()).map_err(|_| XadesError::Time)
    }

    fn certificate(&self) -> Result<ElementBuilder, XadesError> {
        let digest = Hash::Sha256.digest(self.certificate_der).ok_or(XadesError::Certificate)?;
        let method = ElementBuilder::new("ds:DigestMethod")
            .attribute("Algorithm", DigestMethod::Sha256.uri());
        let value = ElementBuilder::new("ds:DigestValue").text(Base64::encode_string(&digest));
        Ok(element("Cert").child(element("CertDigest").child(method).child(value)))
    }
}

/// CommitmentTypeIndication over all that is signed (section 5.2.3).
fn indication(commitment: Commitment) -> ElementBuilder {
    element("CommitmentTypeIndication")
        .child(element("CommitmentTypeId").child(element("Identifier").text(commitment.uri())))
        .child(element("AllSignedDataObjects"))
}

fn element(local: &str) -> ElementBuilder {
    ElementBuilder::new(format!("{PREFIX}:{local}"))
}

const PREFIX: &str = "xades";
