use base64ct::{Base64UrlUnpadded, Encoding as _};

/// A JWS that waits for its signature.
#[derive(Clone, Debug)]
pub struct Prepared {
    signing_input: String,
}

/// Lays out a JWS: `header` is the protected header's JSON, `payload` any octets. What the header
/// says is the maker's business here; a verifier admits what it expects and nothing else.
#[must_use]
pub fn prepare(header: &[u8], payload: &[u8]) -> Prepared {
    let encode = Base64UrlUnpadded::encode_string;
    Prepared { signing_input: format!("{}.{}", encode(header), encode(payload)) }
}

impl Prepared {
    /// The octets to sign (RFC 7515, section 5.1).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The token; `signature` is RSA's as it is, ECDSA's as `r || s`.
    #[must_use]
    pub fn assemble(&self, signature: &[u8]) -> String {
        format!("{}.{}", self.signing_input, Base64UrlUnpadded::encode_string(signature))
    }
}
