use std::time::Duration;

use ureq::Agent;

/// The answer of a timestamp authority to a request, both DER (RFC 3161, section 3.4). Answers are
/// signed, so that plain HTTP will do. It has so long for the whole of it.
///
/// # Errors
///
/// What went wrong, for people.
pub fn ask_timestamp_authority(
    url: &str,
    request: &[u8],
    patience: Duration,
) -> Result<Vec<u8>, String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .proxy(None)
        .build()
        .into();
    let asked = agent.post(url).header("Content-Type", "application/timestamp-query").send(request);
    let mut answer = asked.map_err(|error| error.to_string())?;
    let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
    body.map_err(|error| error.to_string())
}

/// With a long chain, in octets.
const MAX_ANSWER: u64 = 64 * 1024;
