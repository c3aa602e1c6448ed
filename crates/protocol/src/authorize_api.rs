//! What the Identity Server and the agent say to each other over one `/authorize` transaction. The
//! server's own page carries both tokens, and reads neither.
//!
//! The server signs a request: a compact JWS (RFC 7515), ES256 by a key of [`KEYS_PATH`], header
//! `typ` [`REQUEST_TYPE`] and `kid`, with [`AuthorizeRequestClaims`] as payload. The agent answers
//! with a proof: a compact JWS, ES256 by the session's key, header as
//! [`ProofHeader`](crate::session_api::ProofHeader) with `typ` [`PROOF_TYPE`] and `kid` the session
//! id, with [`AuthorizeClaims`] as payload.
//!
//! The names of claims and of key members are those of RFC 7519, RFC 7517 and OpenID Connect.

use serde_json::Value;

/// The request header's `typ`.
pub const REQUEST_TYPE: &str = "wardkey-authorize-request+jwt";

/// The proof header's `typ`.
pub const PROOF_TYPE: &str = "wardkey-authorize+jwt";

/// The request's `aud`.
pub const AGENT_AUDIENCE: &str = "wardkey-agent";

/// Where the agent gets the server's keys: [`ServerKeys`], by `GET`.
pub const KEYS_PATH: &str = "/wardkey/keys";

/// The longest time from a request's `iat` to its `exp`, in seconds.
pub const MAX_REQUEST_SECONDS: u64 = 600;

/// How far a request's `iat` may lie ahead of the agent's clock, in seconds.
pub const MAX_SKEW_SECONDS: u64 = 60;

wire_struct! {
    /// The payload of the server's request.
    #[derive(Eq)]
    pub struct AuthorizeRequestClaims {
        /// The server's base address.
        pub iss: String,
        /// [`AGENT_AUDIENCE`].
        pub aud: String,
        /// When it was made, in seconds since 1970-01-01 UTC.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub iat: u64,
        /// When its time is up, in seconds since 1970-01-01 UTC; at most [`MAX_REQUEST_SECONDS`]
        /// after `iat`.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub exp: u64,
        /// Names the transaction of this browser at the server.
        pub transaction: String,
        /// The relying party's `client_id` (RFC 6749, section 2.2).
        #[serde(rename = "client_id")]
        pub client_id: String,
        /// The relying party's name for people; dialogs show it.
        #[serde(rename = "client_name")]
        pub client_name: String,
        /// Ask for the passcode even where a session is active.
        pub reauthenticate: bool,
        /// Let the user choose a role even where one is chosen.
        #[serde(rename = "select_role")]
        pub select_role: bool,
    }

    /// The payload of the agent's proof. It is good once: for its transaction, which the server
    /// ends with it.
    #[derive(Eq)]
    pub struct AuthorizeClaims {
        /// The server's base address.
        pub aud: String,
        /// Above every number that this session used before the proof was made. A page carries the
        /// proof, so a later one of [`session_api`](crate::session_api) may arrive first.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub seq: u64,
        /// The request's transaction.
        pub transaction: String,
        /// The request's relying party.
        #[serde(rename = "client_id")]
        pub client_id: String,
    }

    /// The keys that the server signs requests with (RFC 7517, section 5).
    #[derive(Eq)]
    pub struct ServerKeys {
        /// The keys, the older ones too for as long as their requests last.
        pub keys: Vec<ServerKey>,
    }

    /// One P-256 key (RFC 7517, section 4, and RFC 7518, section 6.2.1).
    #[derive(Eq)]
    pub struct ServerKey {
        /// `EC`.
        pub kty: String,
        /// `P-256`.
        pub crv: String,
        /// The x coordinate, 32 octets as base64url without padding.
        pub x: String,
        /// The y coordinate, 32 octets as base64url without padding.
        pub y: String,
        /// Names the key.
        pub kid: String,
        /// `sig`.
        #[serde(rename = "use")]
        pub use_: String,
    }
}

impl ServerKeys {
    /// Reads a key set; keys of other kinds and uses, and members that are not ours, are passed
    /// over (RFC 7517, section 5). `None` when it is no key set.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let set: Value = serde_json::from_slice(json).ok()?;
        let keys = set.get("keys")?.as_array()?;
        Some(Self { keys: keys.iter().filter_map(ServerKey::of).collect() })
    }
}

impl ServerKey {
    /// A P-256 key of these coordinates (base64url without padding) and this name.
    #[must_use]
    pub fn new(kid: &str, x: String, y: String) -> Self {
        Self {
            kty: EC.to_owned(),
            crv: P_256.to_owned(),
            x,
            y,
            kid: kid.to_owned(),
            use_: SIGNATURES.to_owned(),
        }
    }

    fn of(jwk: &Value) -> Option<Self> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        let is = |member, wanted| text(member) == Some(wanted);
        let is_ours = is("kty", EC) && is("crv", P_256) && is("use", SIGNATURES);
        is_ours.then_some(())?;
        Some(Self::new(text("kid")?, text("x")?.to_owned(), text("y")?.to_owned()))
    }
}

const EC: &str = "EC";
const P_256: &str = "P-256";
const SIGNATURES: &str = "sig";

#[cfg(test)]
mod tests;
