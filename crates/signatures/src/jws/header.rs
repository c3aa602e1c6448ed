use serde::Deserialize;

/// The protected header's members (RFC 7515, section 4.1). No other is admitted, so `crit`, `b64`
/// and the members that carry or fetch keys are refused; serde refuses a member given twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    pub(super) alg: String,
    #[serde(default, deserialize_with = "present")]
    pub(super) typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) kid: Option<String>,
}

/// A member that is there has a text; `null` is refused.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}
