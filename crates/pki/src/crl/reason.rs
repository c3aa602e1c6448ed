use std::fmt;

use x509_cert::ext::{Extension, pkix::CrlReason};

use crate::{ParseError, UnixTime, certificate::decode};

/// An entry of a revocation list (RFC 5280, section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The revocationDate.
    pub date: UnixTime,
    /// The reasonCode, [`RevocationReason::Unspecified`] when there is none.
    pub reason: RevocationReason,
}

impl Revoked {
    /// Whether the entry undoes a signature made at this time. A compromise (keyCompromise,
    /// cACompromise, aACompromise) undoes every one, for the stolen key could have been used
    /// before anybody knew; any other reason undoes those from the revocationDate on. This is the
    /// rule of the NHS Electronic Prescription Service.
    #[must_use]
    pub fn undoes(&self, time: UnixTime) -> bool {
        self.reason.is_compromise() || self.date <= time
    }

    pub(super) fn graver(self, other: Self) -> Self {
        let rank = |entry: Self| (!entry.reason.is_compromise(), entry.date);
        if rank(other) < rank(self) { other } else { self }
    }
}

/// A reasonCode (RFC 5280, section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // the standard's names, in the standard's order
pub enum RevocationReason {
    Unspecified,
    KeyCompromise,
    CaCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
    CertificateHold,
    RemoveFromCrl,
    PrivilegeWithdrawn,
    AaCompromise,
}

impl RevocationReason {
    /// The standard's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// Whether a key was compromised: the subject's, the authority's or the attribute authority's.
    #[must_use]
    pub fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise)
    }

    pub(crate) fn read(extension: &Extension) -> Result<Self, ParseError> {
        decode::<CrlReason>(extension).map(Self::from)
    }
}

impl From<CrlReason> for RevocationReason {
    fn from(reason: CrlReason) -> Self {
        match reason {
            CrlReason::Unspecified => Self::Unspecified,
            CrlReason::KeyCompromise => Self::KeyCompromise,
            CrlReason::CaCompromise => Self::CaCompromise,
            CrlReason::AffiliationChanged => Self::AffiliationChanged,
            CrlReason::Superseded => Self::Superseded,
            CrlReason::CessationOfOperation => Self::CessationOfOperation,
            CrlReason::CertificateHold => Self::CertificateHold,
            CrlReason::RemoveFromCRL => Self::RemoveFromCrl,
            CrlReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            CrlReason::AaCompromise => Self::AaCompromise,
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
