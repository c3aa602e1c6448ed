//! `sign`: content commitment over one or many documents.

use std::collections::HashSet;

use crate::{
    Base64, ErrorCode, Fault,
    command::invalid,
    limits::{
        IDEMPOTENCY_KEY_LENGTH, MAX_DOCUMENT, MAX_DOCUMENTS, MAX_INLINE, MAX_INLINE_RESULTS,
        MAX_READ_DOCUMENT, MAX_TEXT,
    },
    version::CHUNKS,
};

wire_names! {
    /// The signature formats.
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SignFormat"), schemars(rename = "SignFormat"))]
    pub enum Format {
        /// CAdES B-B or B-T (ETSI EN 319 122-1), DER.
        Cades,
        /// The EPS advanced electronic signature over an HL7 v3 ParentPrescription.
        Eps,
        /// The same over what the EPS service's `$prepare` gives as `digest`, decoded: the signature
        /// for `Provenance.signature.data`. The prescription is not shown: needs
        /// `sign_content_not_shown`.
        EpsDigest,
        /// JAdES B-B or B-T (ETSI TS 119 182-1).
        Jades,
        /// A plain JWS (RFC 7515) with the certificate in its header.
        Jws,
        /// PAdES B-B or B-T (ETSI EN 319 142-1), in the PDF.
        Pades,
        /// A bare signature over a document's octets; needs `sign_content_not_shown`.
        Raw,
        /// XAdES B-B or B-T (ETSI EN 319 132-1).
        Xades,
        /// A plain XML signature (XML Signature 1.1).
        Xmldsig,
    }

    /// Where a signature stands.
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SignaturePackaging"), schemars(rename = "SignaturePackaging"))]
    pub enum Packaging {
        /// Beside the document.
        Detached,
        /// In the document, which is XML.
        Enveloped,
        /// Around the document.
        Enveloping,
    }

    /// How a result is made of its document, which the page has and need not be sent, and of what
    /// came as the signature.
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SignatureJoin"), schemars(rename = "SignatureJoin"))]
    pub enum Join {
        /// The document's octets stand in the signature.
        Around,
        /// The document stands in the signature as base64.
        AroundBase64,
        /// The document stands in the signature as base64url without padding.
        AroundBase64url,
        /// The signature stands in the document.
        Within,
    }

    /// How a JWS is written (RFC 7515, section 7).
    #[cfg_attr(feature = "bindings", ts(rename = "JwsSerialization"), schemars(rename = "JwsSerialization"))]
    pub enum Serialization {
        /// Three parts with dots between them.
        Compact,
        /// A JSON object with one signature, flattened.
        Json,
    }

    /// How a key signs (RFC 7518, section 3.1).
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SignAlgorithm"), schemars(rename = "SignAlgorithm"))]
    pub enum Algorithm {
        /// ECDSA on P-256 with SHA-256.
        #[serde(rename = "ES256")]
        Es256,
        /// ECDSA on P-384 with SHA-384.
        #[serde(rename = "ES384")]
        Es384,
        /// ECDSA on P-521 with SHA-512.
        #[serde(rename = "ES512")]
        Es512,
        /// RSASSA-PSS with SHA-256.
        #[serde(rename = "PS256")]
        Ps256,
        /// RSASSA-PSS with SHA-384.
        #[serde(rename = "PS384")]
        Ps384,
        /// RSASSA-PSS with SHA-512.
        #[serde(rename = "PS512")]
        Ps512,
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        #[serde(rename = "RS256")]
        Rs256,
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        #[serde(rename = "RS384")]
        Rs384,
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        #[serde(rename = "RS512")]
        Rs512,
    }

    /// What the signer commits to (ETSI EN 319 122-1, section 5.2.3).
    #[non_exhaustive]
    pub enum Commitment {
        /// Approved the content.
        ProofOfApproval,
        /// Created the content, which says nothing of approval.
        ProofOfCreation,
        /// Delivered the content, as a third party.
        ProofOfDelivery,
        /// Created, approved and sent the content.
        ProofOfOrigin,
        /// Received the content.
        ProofOfReceipt,
        /// Sent the content, which says nothing of who made it.
        ProofOfSender,
    }
}

wire_struct! {
    /// What to sign.
    #[cfg_attr(feature = "bindings", ts(rename = "SignArgs"), schemars(rename = "SignArgs"))]
    pub struct Args {
        /// The idempotency key: the same key never signs twice, and asking again with it returns
        /// what was made. 16 to 64 characters, fresh for each act of signing.
        pub key: String,
        /// The format of the signatures.
        pub format: Format,
        /// One to 250 documents.
        pub documents: Vec<Document>,
        /// Where the signatures stand: for `cades`, `jades` and `jws` `enveloping`, if absent, or
        /// `detached`; for `xades` and `xmldsig` `enveloped`, if absent, or one of the others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub packaging: Option<Packaging>,
        /// How the key signs, one of those that `signing_certificate` lists; the first of them if
        /// absent. `eps` and `eps_digest` are always `RS256`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub algorithm: Option<Algorithm>,
        /// For `jades` and `jws`: how the signatures are written; `compact` if absent, or `json` where
        /// there is a timestamp, which has a place in JSON only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub serialization: Option<Serialization>,
        /// For `cades`, `jades`, `pades` and `xades`: each signature gets a timestamp of the
        /// authority that the policy names, and so is of level B-T.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(feature = "bindings", ts(optional, as = "Option<bool>"))]
        pub timestamp: bool,
        /// What the signer commits to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub commitment: Option<Commitment>,
        /// Why, in the page's words; shown as the page's claim. For `pades` without a commitment it
        /// stands in the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub reason: Option<String>,
    }

    /// One document.
    #[cfg_attr(feature = "bindings", ts(rename = "SignDocument"), schemars(rename = "SignDocument"))]
    pub struct Document {
        /// The page's name for it, unique within the call.
        pub id: String,
        /// A name for people.
        pub name: String,
        /// The media type, such as `application/xml`.
        pub media_type: String,
        /// The octets that are shown and signed; missing where there is a `digest` or a `size`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub content: Option<Base64>,
        /// For `cades` and `xades`, `detached`, and on sites that policy lets use the calls of
        /// `web-eid.js` for `raw`: the document's digest in its place, by the hash of the algorithm
        /// that signs. Nothing is shown: needs `sign_content_not_shown`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub digest: Option<Base64>,
        /// How many octets follow in chunks, in place of `content`. Since version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional, as = "Option<f64>"))]
        pub size: Option<u64>,
    }

    /// The result of the whole call.
    #[cfg_attr(feature = "bindings", ts(rename = "SignResult"), schemars(rename = "SignResult"))]
    pub struct Signed {
        /// The certificate of the key that signed, DER.
        pub certificate: Base64,
        /// One result a document, in the order of the call.
        pub results: Vec<DocumentResult>,
    }

    /// Where document and signature join.
    #[derive(Copy, Eq)]
    #[cfg_attr(feature = "bindings", ts(rename = "SignatureJoined"), schemars(rename = "SignatureJoined"))]
    pub struct Joined {
        /// Which of them stands in the other.
        pub how: Join,
        /// At which octet of the outer one.
        pub at: u32,
    }

    /// The result of one document: a signature or an error.
    #[cfg_attr(feature = "bindings", ts(rename = "SignDocumentResult"), schemars(rename = "SignDocumentResult"))]
    pub struct DocumentResult {
        /// The document's id.
        pub id: String,
        /// The signature: for `cades` DER; for `eps` and `eps_digest` the `Signature` element,
        /// UTF-8; for `jades` and `jws` a JWS, ASCII or JSON; for `pades` the whole signed PDF; for `raw` the bare
        /// signature; for `xades` and `xmldsig` XML in UTF-8, where `enveloped` the document with the
        /// signature in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub signature: Option<Base64>,
        /// In place of `signature`: how many octets of it came in chunks. Since version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub size: Option<u32>,
        /// The signature is whole once it is joined with its document, which came in chunks. Since
        /// version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub join: Option<Joined>,
        /// The algorithm, such as `RS256`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub algorithm: Option<String>,
        /// Why there is no signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub error: Option<Fault>,
    }

    /// Progress of a call with many documents.
    #[cfg_attr(feature = "bindings", ts(rename = "SignProgress"), schemars(rename = "SignProgress"))]
    #[derive(Copy, Eq)]
    pub struct Progress {
        /// Documents done.
        pub done: u32,
        /// Documents in all.
        pub total: u32,
    }
}

impl Args {
    /// The lowest protocol version that has what these arguments, and their answer, may need.
    #[must_use]
    pub fn version(&self) -> u16 {
        if self.follow().next().is_some() || self.documents.len() > MAX_INLINE_RESULTS {
            CHUNKS
        } else {
            1
        }
    }

    /// The documents that follow in chunks.
    pub fn follow(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|document| document.size.is_some())
    }

    /// Whether a document's digest is all that its signature needs of it.
    #[must_use]
    pub fn is_by_digest(&self) -> bool {
        match self.format {
            Format::Cades => true,
            Format::Xades | Format::Xmldsig => self.packaging == Some(Packaging::Detached),
            Format::Eps
            | Format::EpsDigest
            | Format::Jades
            | Format::Jws
            | Format::Pades
            | Format::Raw => false,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        let key_fits = IDEMPOTENCY_KEY_LENGTH.contains(&self.key.len())
            && self.key.bytes().all(|b| b.is_ascii_graphic());
        if !key_fits {
            return Err(invalid("key: 16 to 64 visible ASCII characters"));
        }
        if self.documents.is_empty() || self.documents.len() > MAX_DOCUMENTS {
            return Err(invalid("documents: 1 to 250"));
        }
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_TEXT) {
            return Err(invalid("reason: at most 512 characters"));
        }
        let packagings: &[Packaging] = match self.format {
            Format::Cades | Format::Jades | Format::Jws => {
                &[Packaging::Detached, Packaging::Enveloping]
            }
            Format::Xades | Format::Xmldsig => {
                &[Packaging::Detached, Packaging::Enveloped, Packaging::Enveloping]
            }
            Format::Eps | Format::EpsDigest | Format::Pades | Format::Raw => &[],
        };
        if self.packaging.is_some_and(|packaging| !packagings.contains(&packaging)) {
            return Err(invalid("packaging: not one of this format"));
        }
        let may_be_stamped =
            matches!(self.format, Format::Cades | Format::Jades | Format::Pades | Format::Xades);
        if self.timestamp && !may_be_stamped {
            return Err(invalid("timestamp: only with the formats cades, jades, pades and xades"));
        }
        let of_service = matches!(self.format, Format::Eps | Format::EpsDigest);
        if of_service && self.algorithm.is_some_and(|algorithm| algorithm != Algorithm::Rs256) {
            return Err(invalid("algorithm: the formats eps and eps_digest are RS256"));
        }
        if self.serialization.is_some() && !matches!(self.format, Format::Jades | Format::Jws) {
            return Err(invalid("serialization: only with the formats jades and jws"));
        }
        if self.timestamp && self.serialization == Some(Serialization::Compact) {
            return Err(invalid("serialization: a timestamp needs json"));
        }
        let limit = if self.is_by_digest() { MAX_DOCUMENT } else { MAX_READ_DOCUMENT };
        let mut ids = HashSet::new();
        let of_digest = match self.format {
            Format::Cades | Format::Xades => self.packaging == Some(Packaging::Detached),
            format => format == Format::Raw,
        };
        for document in &self.documents {
            document.check(limit)?;
            if document.digest.is_some() && !of_digest {
                let reason = "digest: only with the formats raw, and cades and xades, detached";
                return Err(invalid(reason));
            }
            if !ids.insert(&document.id) {
                return Err(invalid("documents: an id twice"));
            }
        }
        Ok(())
    }
}

impl Document {
    /// How many octets it has; 0 where its digest alone is known.
    #[must_use]
    pub fn length(&self) -> usize {
        self.size.map_or(self.octets().len(), |size| usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// The octets that stand in the message.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.content.as_ref().map_or(&[], |content| &content.0)
    }

    fn check(&self, limit: usize) -> Result<(), Fault> {
        let texts = [&self.id, &self.name, &self.media_type];
        if texts.iter().any(|text| text.is_empty() || text.chars().count() > MAX_TEXT) {
            return Err(invalid("documents: id, name and mediaType have 1 to 512 characters"));
        }
        let of_page = [self.content.is_some(), self.digest.is_some(), self.size.is_some()];
        if of_page.iter().filter(|is_there| **is_there).count() != 1 {
            return Err(invalid("documents: content, digest or size, one of them"));
        }
        if self.size == Some(0) {
            return Err(invalid("documents: size: nothing follows"));
        }
        let too_large = |limit: usize| {
            Err(Fault::new(ErrorCode::DocumentTooLarge)
                .with("document", self.id.as_str())
                .with("limit", limit))
        };
        if self.octets().len() > MAX_INLINE {
            return too_large(MAX_INLINE);
        }
        if self.length() > limit {
            return too_large(limit);
        }
        Ok(())
    }
}
