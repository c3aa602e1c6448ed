use const_oid::ObjectIdentifier;

/// What a signer commits to (ETSI EN 319 122-1, section 5.2.3; RFC 5126, section 5.11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Commitment {
    /// Created, approved and sent the content.
    ProofOfOrigin,
    /// Received the content.
    ProofOfReceipt,
    /// Delivered the content, as a third party.
    ProofOfDelivery,
    /// Sent the content, which says nothing of who made it.
    ProofOfSender,
    /// Approved the content.
    ProofOfApproval,
    /// Created the content, which says nothing of approval.
    ProofOfCreation,
}

impl Commitment {
    /// The object identifier, in CAdES and JAdES.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::ProofOfOrigin => oid("1.2.840.113549.1.9.16.6.1"),
            Self::ProofOfReceipt => oid("1.2.840.113549.1.9.16.6.2"),
            Self::ProofOfDelivery => oid("1.2.840.113549.1.9.16.6.3"),
            Self::ProofOfSender => oid("1.2.840.113549.1.9.16.6.4"),
            Self::ProofOfApproval => oid("1.2.840.113549.1.9.16.6.5"),
            Self::ProofOfCreation => oid("1.2.840.113549.1.9.16.6.6"),
        }
    }

    /// The URI, in XAdES (ETSI EN 319 132-1, section 5.2.3).
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::ProofOfOrigin => "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin",
            Self::ProofOfReceipt => "http://uri.etsi.org/01903/v1.2.2#ProofOfReceipt",
            Self::ProofOfDelivery => "http://uri.etsi.org/01903/v1.2.2#ProofOfDelivery",
            Self::ProofOfSender => "http://uri.etsi.org/01903/v1.2.2#ProofOfSender",
            Self::ProofOfApproval => "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval",
            Self::ProofOfCreation => "http://uri.etsi.org/01903/v1.2.2#ProofOfCreation",
        }
    }

    /// The commitment of an object identifier. `None`: not one of these.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        ALL.into_iter().find(|commitment| commitment.oid() == oid)
    }

    /// The commitment of a URI. `None`: not one of these.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        ALL.into_iter().find(|commitment| commitment.uri() == uri)
    }

    /// A stable name in camelCase, for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProofOfOrigin => "proofOfOrigin",
            Self::ProofOfReceipt => "proofOfReceipt",
            Self::ProofOfDelivery => "proofOfDelivery",
            Self::ProofOfSender => "proofOfSender",
            Self::ProofOfApproval => "proofOfApproval",
            Self::ProofOfCreation => "proofOfCreation",
        }
    }
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const ALL: [Commitment; 6] = [
    Commitment::ProofOfOrigin,
    Commitment::ProofOfReceipt,
    Commitment::ProofOfDelivery,
    Commitment::ProofOfSender,
    Commitment::ProofOfApproval,
    Commitment::ProofOfCreation,
];

#[cfg(test)]
mod tests;
