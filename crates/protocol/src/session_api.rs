//! Between the agent and the Identity Server, beside the Spine's own messages: what an agent asks
//! for a session with the session's own key.
//!
//! `POST /wardkey/session` carries one compact JWS (RFC 7515), ES256 by the session key, header
//! `typ` [`PROOF_TYPE`] and `kid` the session id, with [`Claims`] as payload. The answer is one of
//! [`LeaseRenewed`], [`TicketIssued`], [`StateChanged`], or [`Refused`] with a 4xx status.

use serde::{Deserialize, Serialize};

use crate::view::SessionState;

/// The JWS header's `typ`.
pub const PROOF_TYPE: &str = "wardkey-session+jwt";

/// The label inside the login structure that the card signs.
pub const LOGIN_LABEL: &str = "wardkey-login:1";

/// Where the agent posts.
pub const PATH: &str = "/wardkey/session";

wire_names! {
    /// What the agent asks.
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SessionVerb"), schemars(rename = "SessionVerb"))]
    pub enum Verb {
        /// End the session.
        End,
        /// Renew the lease.
        Lease,
        /// Lock the session: the card is out.
        Lock,
        /// Suspend the session: another user's card is in.
        Suspend,
        /// A ticket for a relying party.
        Ticket,
    }

    /// Why the server refused.
    #[non_exhaustive]
    #[cfg_attr(feature = "bindings", ts(rename = "SessionRefusal"), schemars(rename = "SessionRefusal"))]
    pub enum Refusal {
        /// Unknown session, wrong key, wrong audience, or a sequence number that went back.
        ProofInvalid,
        /// No such relying party at this server.
        RelyingPartyUnknown,
        /// A role has to be chosen first.
        RoleRequired,
        /// The session is over.
        SessionEnded,
        /// The session is locked.
        SessionLocked,
        /// The session is suspended.
        SessionSuspended,
    }
}

wire_struct! {
    /// The payload of the agent's proof.
    #[cfg_attr(feature = "bindings", ts(rename = "SessionClaims"), schemars(rename = "SessionClaims"))]
    pub struct Claims {
        /// The server's base address.
        pub aud: String,
        /// Above every number this session has used before.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub seq: u64,
        /// What is asked.
        pub verb: Verb,
        /// The relying party's origin (`ticket` only).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub relying_party: Option<String>,
    }

    /// The lease runs on.
    pub struct LeaseRenewed {
        /// Where the session stands.
        pub state: SessionState,
        /// Seconds until the lease lapses.
        pub lease_seconds: u32,
    }

    /// A child ticket.
    pub struct TicketIssued {
        /// The ticket.
        pub ticket: String,
        /// Seconds until it stops working at the latest.
        pub expires_in_seconds: u32,
    }

    /// The session's new state.
    pub struct StateChanged {
        /// Where the session stands.
        pub state: SessionState,
    }

    /// The server refused.
    pub struct Refused {
        /// Why.
        pub error: Refusal,
    }
}

/// The JWS protected header of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofHeader {
    /// `ES256`.
    pub alg: String,
    /// [`PROOF_TYPE`].
    pub typ: String,
    /// The session id.
    pub kid: String,
}
