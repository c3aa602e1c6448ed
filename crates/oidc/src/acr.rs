use serde::{Deserialize, Serialize};

/// How a user authenticated, as CIS2 names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acr {
    /// A passkey on a device that others make, or that syncs: two factors.
    Aal2Any,
    /// A passkey on a security key (FIDO2) that never leaves it.
    Aal3Fido2,
    /// A smartcard with its passcode.
    Aal3Smartcard,
}

/// The levels that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assurance {
    /// How sure the registration is of who the user is, 0 to 3 (`id_assurance_level`).
    pub identity: u8,
    /// How sure the sign-in is (`authentication_assurance_level`).
    pub authentication: u8,
}

impl Acr {
    /// The value of the `acr` claim.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aal2Any => "AAL2_ANY",
            Self::Aal3Fido2 => "AAL3_FIDO2",
            Self::Aal3Smartcard => "AAL3_SMARTCARD",
        }
    }

    /// The context of this claim; `None`: the server makes no such claim.
    #[must_use]
    pub fn from_claim(claim: &str) -> Option<Self> {
        [Self::Aal2Any, Self::Aal3Fido2, Self::Aal3Smartcard]
            .into_iter()
            .find(|acr| acr.as_str() == claim)
    }

    /// The value of the `amr` claim (RFC 8176 where it has a word, CIS2's for the card).
    #[must_use]
    pub fn amr(self) -> &'static [&'static str] {
        match self {
            // Attestation says nothing of where the key is kept.
            Self::Aal2Any => &["mfa", "pop", "user"],
            Self::Aal3Fido2 => &["hwk", "user"],
            Self::Aal3Smartcard => &["N3_SMARTCARD"],
        }
    }

    /// The authentication assurance level (NIST SP 800-63B).
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::Aal2Any => 2,
            Self::Aal3Fido2 | Self::Aal3Smartcard => 3,
        }
    }

    /// Whether this is enough for who asks for one of `acr_values`; nothing asked, anything is.
    #[must_use]
    pub fn satisfies(self, acr_values: &[String]) -> bool {
        acr_values.is_empty() || acr_values.iter().any(|asked| self.meets(asked))
    }

    fn meets(self, asked: &str) -> bool {
        match asked {
            "AAL2_ANY" | "AAL2_OR_AAL3_ANY" => true,
            "AAL3_ANY" => self.level() == 3,
            "AAL3_SMARTCARD" | "AAL3_N3_SMARTCARD" | "AAL3_CIS2_SMARTCARD" => {
                self == Self::Aal3Smartcard
            }
            "AAL3_FIDO2" => self == Self::Aal3Fido2,
            _ => false,
        }
    }
}

/// Every value that may be asked for.
pub(crate) const ASKABLE: &[&str] = &[
    "AAL2_ANY",
    "AAL2_OR_AAL3_ANY",
    "AAL3_ANY",
    "AAL3_FIDO2",
    "AAL3_SMARTCARD",
    "AAL3_N3_SMARTCARD",
    "AAL3_CIS2_SMARTCARD",
];

#[cfg(test)]
mod tests;
