use base64ct::{Base64, Encoding as _};
use wardkey_pki::UnixTime;
use wardkey_xml::{
    Canonicalization, Element,
    dsig::{self, DigestMethod, Signature},
};

use super::{malformed, time};
use crate::{
    Commitment,
    judgement::Finding,
    xades::{NAMESPACE, SIGNED_PROPERTIES},
};

/// The qualifying properties of a signature (ETSI EN 319 132-1, section 4.3).
pub(super) struct Qualifying<'a> {
    /// SignedProperties.
    pub(super) signed: Element<'a>,
    unsigned: Option<Element<'a>>,
}

/// A timestamp of a signature.
pub(super) struct Stamp {
    /// The token, DER.
    pub(super) token: Vec<u8>,
    /// What it has to be over.
    pub(super) over: Vec<u8>,
}

impl<'a> Qualifying<'a> {
    /// Those of a signature. `None`: it has none, and is a plain one.
    ///
    /// # Errors
    /// The finding, when there are several, or they are of another signature.
    pub(super) fn of(signature: &Signature<'a>) -> Result<Option<Self>, Finding> {
        let mut found = signature
            .objects()
            .iter()
            .flat_map(|object| object.children_named(NAMESPACE, "QualifyingProperties"));
        let Some(properties) = found.next() else {
            let named = signature.references().iter().any(|r| r.kind() == Some(SIGNED_PROPERTIES));
            return if named { Err(malformed("its properties are missing")) } else { Ok(None) };
        };
        let target = properties.attribute("Target").and_then(|target| target.strip_prefix('#'));
        let same = target.is_some() && target == signature.element().attribute("Id");
        if found.next().is_some() || !same {
            return Err(malformed("its properties are of another signature"));
        }
        let signed = properties.only_child(NAMESPACE, "SignedProperties");
        let signed = signed.ok_or_else(|| malformed("its signed properties are missing"))?;
        Ok(Some(Self { signed, unsigned: properties.child(NAMESPACE, "UnsignedProperties") }))
    }

    /// The digest of the signer's certificate, and how it was made (section 5.2.2; in its first
    /// version, TS 101 903, section 7.2.2).
    ///
    /// # Errors
    /// The finding, when there is none or more than one.
    pub(super) fn certificate_digest(&self) -> Result<(DigestMethod, Vec<u8>), Finding> {
        let missing = || Finding::failed("signingCertificate", "Signing certificate is missing");
        let properties = self.signature_properties().ok_or_else(missing)?;
        let is_one = |element: &Element<'_>| {
            element.is(NAMESPACE, "SigningCertificateV2")
                || element.is(NAMESPACE, "SigningCertificate")
        };
        let mut found = properties.children().filter(is_one);
        let one = found.next().filter(|_| found.next().is_none()).ok_or_else(missing)?;
        let digest =
            one.child(NAMESPACE, "Cert").and_then(|cert| cert.child(NAMESPACE, "CertDigest"));
        let read = |digest: Element<'_>| {
            let method = digest.only_child(dsig::NAMESPACE, "DigestMethod")?;
            let method = DigestMethod::from_uri(method.attribute("Algorithm")?)?;
            let value = digest.only_child(dsig::NAMESPACE, "DigestValue")?;
            Some((method, base64(value)?))
        };
        digest.and_then(read).ok_or_else(missing)
    }

    /// When the signer says that it was signed.
    ///
    /// # Errors
    /// The finding, when that is missing or can't be read.
    pub(super) fn signing_time(&self) -> Result<UnixTime, Finding> {
        let time = self
            .signature_properties()
            .and_then(|properties| properties.only_child(NAMESPACE, "SigningTime"))
            .and_then(|element| time::read(element.text().trim()));
        time.ok_or_else(|| Finding::failed("signingTime", "Signing time is missing"))
    }

    /// What the signer commits to, where it is one thing over all that is signed.
    pub(super) fn commitment(&self) -> Option<Commitment> {
        let properties = self.signed.only_child(NAMESPACE, "SignedDataObjectProperties")?;
        let indication = properties.only_child(NAMESPACE, "CommitmentTypeIndication")?;
        let id = indication.only_child(NAMESPACE, "CommitmentTypeId")?;
        Commitment::from_uri(id.only_child(NAMESPACE, "Identifier")?.text().trim())
    }

    /// The signature's first timestamp, which has to be over the SignatureValue.
    ///
    /// # Errors
    /// The finding, when there is one that can't be read.
    pub(super) fn timestamp(&self, value: Element<'_>) -> Result<Option<Stamp>, Finding> {
        let found = self
            .unsigned
            .and_then(|unsigned| unsigned.child(NAMESPACE, "UnsignedSignatureProperties"))
            .and_then(|properties| properties.child(NAMESPACE, "SignatureTimeStamp"));
        let Some(timestamp) = found else { return Ok(None) };
        let invalid = || Finding::failed("timestamp", "Timestamp is invalid");
        let method = match timestamp.child(dsig::NAMESPACE, "CanonicalizationMethod") {
            None => Some(Canonicalization::inclusive()),
            Some(method) => method.attribute("Algorithm").and_then(Canonicalization::from_uri),
        };
        let token = timestamp.child(NAMESPACE, "EncapsulatedTimeStamp").and_then(base64);
        let over = method.and_then(|method| method.element(value).ok());
        let stamp = token.zip(over).map(|(token, over)| Stamp { token, over });
        stamp.map(Some).ok_or_else(invalid)
    }

    fn signature_properties(&self) -> Option<Element<'a>> {
        self.signed.only_child(NAMESPACE, "SignedSignatureProperties")
    }
}

fn base64(element: Element<'_>) -> Option<Vec<u8>> {
    let text: String = element.text().split_ascii_whitespace().collect();
    Base64::decode_vec(&text).ok()
}
