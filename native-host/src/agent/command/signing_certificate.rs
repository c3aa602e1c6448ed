use wardkey_protocol::{Base64, Fault, command::signing_certificate::SigningCertificate};

use crate::agent::{call::Call, certificate::Purpose, signing};

/// The content-commitment certificate of the card.
pub fn run(call: &Call<'_>) -> Result<SigningCertificate, Fault> {
    let session = call.agent.session_if_any(call.port)?;
    let chosen = call.agent.card_of(Purpose::ContentCommitment, session.as_deref())?;
    if let Some(session) = session {
        signing::check_signer(&chosen, &session)?;
    }
    Ok(SigningCertificate {
        algorithms: chosen.jose_names().into_iter().map(str::to_owned).collect(),
        certificate: Base64(chosen.held.der),
    })
}
