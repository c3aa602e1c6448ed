//! Requests as a server makes them, signed by a key of the test.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use wardkey_protocol::authorize_api::{AGENT_AUDIENCE, REQUEST_TYPE, ServerKey};
use wardkey_signatures::jws;

/// A key that a server could sign requests with.
pub struct TestKey {
    name: String,
    key: SigningKey,
}

impl TestKey {
    /// The key of a seed, which is not 0, under a name.
    pub fn new(seed: u8, name: &str) -> Self {
        Self { name: name.to_owned(), key: SigningKey::from_slice(&[seed; 32]).unwrap() }
    }

    /// As the server publishes it.
    pub fn public(&self) -> ServerKey {
        let point = self.key.verifying_key().to_sec1_point(false);
        let encode = |octets: &[u8]| Base64UrlUnpadded::encode_string(octets);
        ServerKey::new(&self.name, encode(point.x().unwrap()), encode(point.y().unwrap()))
    }

    /// A request with these claims, and the header that requests have.
    pub fn request(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": REQUEST_TYPE, "kid": self.name});
        self.signed(&header, claims)
    }

    /// Any header and payload, signed.
    pub fn signed(&self, header: &Value, payload: &Value) -> String {
        let prepared = jws::prepare(header.to_string().as_bytes(), payload.to_string().as_bytes());
        let signature: Signature = self.key.sign(prepared.to_be_signed());
        prepared.assemble(&signature.to_bytes())
    }
}

/// The claims of a request of this server, made at this time, that asks for nothing special.
pub fn claims(server: &str, unix_seconds: u64) -> Value {
    json!({
        "iss": server,
        "aud": AGENT_AUDIENCE,
        "iat": unix_seconds,
        "exp": unix_seconds + 300,
        "transaction": "transaction-1",
        "client_id": "ward-app",
        "client_name": "Ward App",
        "reauthenticate": false,
        "select_role": false,
    })
}
