use schemars::JsonSchema;
use serde::Deserialize;

use super::{AbsolutePath, CardInserted, Mode, OtherCard, SessionEffect, SessionRules};

/// One identity server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerPolicy {
    /// The base address, `https` only; also the identity that the login structure is made for.
    pub url: String,
    /// The name that dialogs show.
    pub name: String,
    /// The authority that must have issued the server's TLS certificate: a PEM file.
    pub authority: AbsolutePath,
    /// The roots that content-commitment certificates must lead to: PEM files.
    #[serde(default)]
    pub signing_anchors: Vec<AbsolutePath>,
    /// The authorities between root and signer: PEM files.
    #[serde(default)]
    pub signing_authorities: Vec<AbsolutePath>,
    /// A policy that content-commitment certificates must carry, as dotted numbers.
    #[serde(default)]
    pub signing_policy: Option<String>,
    /// The timestamp authority that signatures of level B-T ask (RFC 3161): its address, `http` or
    /// `https`.
    #[serde(default)]
    pub timestamp_authority: Option<String>,
    /// The certificate of the timestamp authority, or of those above it: PEM files.
    #[serde(default)]
    pub timestamp_anchors: Vec<AbsolutePath>,
    /// Cards whose RSA keys are admitted though they have fewer than 2048 bits, but 1024 at least.
    #[serde(default)]
    pub short_keys: Vec<ShortKeys>,
    /// Dangerous: gives every admitted site and program the session's own ticket, one for all as the
    /// Spine has it, with which each can do whatever the session can; each use is in the audit
    /// record. For applications that were written for that.
    #[serde(default)]
    pub legacy_ticket: bool,
    /// The Spine's names for what follows, instead of `removal` and `on_screen_lock`; of several
    /// the first in the published order counts.
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// What taking the card out does to the session.
    #[serde(default)]
    #[schemars(extend("default" = "end"))]
    pub removal: Option<SessionEffect>,
    /// Seconds that the card may be out before that is done; put back in time, nothing happened.
    /// With `ignore`: seconds after which the session locks; without it, it does not.
    #[serde(default)]
    #[schemars(range(max = 86_400))]
    pub removal_grace_seconds: Option<u32>,
    /// What another user's card does to the session.
    #[serde(default)]
    pub other_card: OtherCard,
    /// What putting a card in may open.
    #[serde(default)]
    pub card_inserted: CardInserted,
    /// What locking the desktop's screen, or another session in front of it, does to the session.
    #[serde(default)]
    #[schemars(extend("default" = "ignore"))]
    pub on_screen_lock: Option<SessionEffect>,
    /// What the computer's sleep does to the session.
    #[serde(default)]
    #[schemars(extend("default" = "ignore"))]
    pub on_sleep: Option<SessionEffect>,
}

/// Old cards with short keys; each use is in the audit record.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShortKeys {
    /// What for.
    pub purpose: KeyPurpose,
    /// The cards' serial numbers; `*` is every card.
    pub cards: Vec<String>,
}

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Signatures over content.
    ContentCommitment,
    /// Sign-in, and `authenticate`.
    Login,
}

impl ServerPolicy {
    /// Whether a card of this serial number may have a short key for this purpose.
    #[must_use]
    pub fn admits_short_key(&self, purpose: KeyPurpose, serial: &str) -> bool {
        let of = self.short_keys.iter().filter(|exception| exception.purpose == purpose);
        of.flat_map(|exception| &exception.cards).any(|card| card == ANY_CARD || card == serial)
    }

    /// What happens to its sessions, and when.
    #[must_use]
    pub fn session_rules(&self) -> SessionRules {
        SessionRules::of(self)
    }
}

/// In a list of cards: every one.
const ANY_CARD: &str = "*";
