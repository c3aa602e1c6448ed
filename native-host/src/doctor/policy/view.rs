use serde_json::{Map, Value};

/// A policy as it may be shown to those who help.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The policy, in JSON.
    pub shown: Value,
    /// The keys whose values are not in it.
    pub left_out: Vec<String>,
}

/// What a policy says, without what helpers need not know: the serial numbers of cards, and
/// every key that is not known to be harmless.
pub fn view(policy: Value) -> View {
    let mut left_out = Vec::new();
    let shown = shown(policy, "", &mut left_out);
    left_out.sort_unstable();
    left_out.dedup();
    View { shown, left_out }
}

fn shown(value: Value, key: &str, left_out: &mut Vec<String>) -> Value {
    match value {
        Value::Object(table) => {
            let field = |(name, value): (String, Value)| {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                let value = shown(value, &key, left_out);
                (name, value)
            };
            Value::Object(table.into_iter().map(field).collect::<Map<_, _>>())
        }
        Value::Array(values) if values.iter().all(Value::is_object) && !values.is_empty() => {
            values.into_iter().map(|value| shown(value, key, left_out)).collect()
        }
        value if SHOWN.contains(&key) => value,
        _ => {
            left_out.push(key.to_owned());
            Value::from(LEFT_OUT)
        }
    }
}

/// The keys that tell nothing secret.
const SHOWN: &[&str] = &[
    "agent.idle_seconds",
    "batch.bytes",
    "batch.documents",
    "batch.hold_passcode",
    "batch.seconds",
    "cards.modules",
    "cards.piv",
    "cards.remote.admit_scal1",
    "cards.remote.authority",
    "cards.remote.confirm_seconds",
    "cards.remote.idle_seconds",
    "cards.remote.name",
    "cards.remote.token_url",
    "cards.remote.url",
    "consent.capabilities",
    "development",
    "dialog.colours",
    "dialog.language",
    "dialog.motion",
    "dialog.pinentry",
    "dialog.timeout_seconds",
    "dialog.zoom",
    "extensions",
    "origin.ask",
    "origin.batch_documents",
    "origin.capabilities",
    "origin.origin",
    "origin.server",
    "origin.web_eid",
    "other_instances",
    "program.batch_documents",
    "program.capabilities",
    "program.executable",
    "program.name",
    "program.relying_party",
    "program.server",
    "server.authority",
    "server.card_inserted",
    "server.legacy_ticket",
    "server.modes",
    "server.name",
    "server.on_screen_lock",
    "server.on_sleep",
    "server.other_card",
    "server.removal",
    "server.removal_grace_seconds",
    "server.short_keys.purpose",
    "server.signing_anchors",
    "server.signing_authorities",
    "server.signing_policy",
    "server.timestamp_anchors",
    "server.timestamp_authority",
    "server.url",
    "service_desk.url",
    "simulation.answers",
    "simulation.socket",
];

const LEFT_OUT: &str = "(left out)";
