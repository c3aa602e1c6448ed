use serde::{Deserialize, Serialize};
use x509_cert::{
    Certificate,
    der::Decode as _,
    ext::pkix::{KeyUsage, KeyUsages},
};

/// Names a token within one back end, as long as it stays in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenId(pub String);

/// A key's identifier on its token (`CKA_ID`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId(pub Vec<u8>);

/// A card, or a part of a card that has a passcode of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its name here.
    pub id: TokenId,
    /// The slot's description: for a card in a reader, the reader's name.
    pub reader: String,
    /// The token's label.
    pub label: String,
    /// The token's serial number.
    pub serial: String,
    /// Its maker.
    pub manufacturer: String,
    /// The certificates whose keys it holds.
    pub certificates: Vec<CardCertificate>,
    /// What is known of its passcode.
    pub passcode: PasscodeState,
}

/// A certificate on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCertificate {
    /// The key that belongs to it.
    pub key: KeyId,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// What the certificate's key usage lets the key do here.
    pub uses: KeyUses,
}

/// What a key may do here, by its certificate's `keyUsage` (RFC 5280, section 4.2.1.3). The two
/// exclude each other: the login certificate never signs content, nor the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUses {
    /// `digitalSignature` without `contentCommitment`.
    pub login: bool,
    /// `contentCommitment` (nonRepudiation).
    pub content_commitment: bool,
}

/// What is known of a token's passcode without trying it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasscodeState {
    /// Tries left, where the card says.
    pub tries_left: Option<u8>,
    /// A wrong passcode has been given since the last right one.
    pub wrong_before: bool,
    /// One more wrong passcode blocks the card.
    pub last_try: bool,
    /// The card takes no passcode any more.
    pub blocked: bool,
    /// The shortest passcode, in bytes.
    pub min_length: u8,
    /// The longest passcode, in bytes.
    pub max_length: u8,
    /// The passcode is typed at the reader.
    pub pin_pad: bool,
}

/// How a card signs; what it is given is always a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignMechanism {
    /// ECDSA over a digest; the signature is `r || s`.
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 over a SHA-256 digest.
    RsaPkcs1Sha256,
}

impl CardCertificate {
    /// A certificate with the uses that its own extension gives. `None` when it is no certificate.
    #[must_use]
    pub fn read(key: KeyId, der: Vec<u8>) -> Option<Self> {
        let uses = KeyUses::of(&der)?;
        Some(Self { key, der, uses })
    }
}

impl KeyUses {
    /// The uses of a DER certificate; none without a `keyUsage`.
    fn of(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let usage = certificate.tbs_certificate().get_extension::<KeyUsage>().ok()?;
        let has = |bit| usage.as_ref().is_some_and(|(_, usage)| usage.0.contains(bit));
        let content_commitment = has(KeyUsages::NonRepudiation);
        Some(Self { login: has(KeyUsages::DigitalSignature) && !content_commitment, content_commitment })
    }
}
