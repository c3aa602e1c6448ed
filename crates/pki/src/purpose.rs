use std::fmt;

use const_oid::ObjectIdentifier;

use crate::Certificate;

/// What a certificate's key is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Signs assertions of an identity server: digitalSignature, where keyUsage is present.
    AssertionSigning,
    /// Signs content as a person's commitment: keyUsage with nonRepudiation, which later X.509
    /// calls contentCommitment (RFC 5280, section 4.2.1.3).
    ContentCommitment,
    /// Answers a login challenge: keyUsage with digitalSignature.
    Login,
    /// Signs timestamps: digitalSignature or nonRepudiation, where keyUsage is present, and the one
    /// extendedKeyUsage timeStamping, critical (RFC 3161, section 2.3).
    Timestamping,
    /// Serves TLS: digitalSignature, where keyUsage is present, and extendedKeyUsage serverAuth.
    TlsServer,
}

impl Purpose {
    /// A stable name for reports and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssertionSigning => "assertion signing",
            Self::ContentCommitment => "content commitment",
            Self::Login => "login",
            Self::Timestamping => "timestamps",
            Self::TlsServer => "a TLS server",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Certificate {
    /// Whether keyUsage and extendedKeyUsage admit the purpose. A person's certificate (login,
    /// content commitment) has to state its keyUsage; where an extendedKeyUsage is stated, one of
    /// the purpose has to be in it, except that assertion signing has none of its own.
    #[must_use]
    pub fn serves(&self, purpose: Purpose) -> bool {
        let usage = self.key_usage();
        let bits = match purpose {
            Purpose::AssertionSigning | Purpose::TlsServer => {
                usage.is_none_or(|usage| usage.digital_signature())
            }
            Purpose::Timestamping => {
                usage.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation())
            }
            Purpose::ContentCommitment => usage.is_some_and(|usage| usage.non_repudiation()),
            Purpose::Login => usage.is_some_and(|usage| usage.digital_signature()),
        };
        bits && self.serves_extended(purpose)
    }

    fn serves_extended(&self, purpose: Purpose) -> bool {
        let (admitted, when_absent): (&[ObjectIdentifier], bool) = match purpose {
            Purpose::AssertionSigning => return true,
            Purpose::ContentCommitment => (&CONTENT_COMMITMENT, true),
            Purpose::Login => (&LOGIN, true),
            Purpose::Timestamping => {
                return self.extended_key_usage_is_critical()
                    && self.extended_key_usage() == Some(&[TIME_STAMPING][..]);
            }
            Purpose::TlsServer => (&TLS_SERVER, false),
        };
        match self.extended_key_usage() {
            None => when_absent,
            Some(stated) => stated.iter().any(|oid| *oid == ANY || admitted.contains(oid)),
        }
    }
}

/// anyExtendedKeyUsage (RFC 5280, section 4.2.1.12).
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// emailProtection, documentSigning (RFC 9336), and Microsoft's document signing.
const CONTENT_COMMITMENT: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"),
];
/// clientAuth and Microsoft's smart card logon.
const LOGIN: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.2"),
];
/// timeStamping.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// serverAuth.
const TLS_SERVER: [ObjectIdentifier; 1] = [ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1")];
