use wardkey_protocol::{
    Base64, Capability, Fault, command::signing_certificate::SigningCertificate,
};

use crate::agent::{
    call::Call,
    certificate::Purpose,
    consent::{self, Wanted},
    port::Caller,
    signing,
};

/// The content-commitment certificate of the card.
pub fn run(call: &Call<'_>, caller: &Caller) -> Result<SigningCertificate, Fault> {
    let session = call.agent.session_if_any(call.port)?;
    let chosen = call.agent.card_of(Purpose::ContentCommitment, session.as_deref())?;
    let wanted = Wanted::only(&[Capability::SigningCertificate]);
    match session {
        Some(session) => {
            signing::check_signer(&chosen, &session)?;
            consent::settle(call, caller, &session.uid, wanted)?;
        }
        // Nothing proves whose card it is, so that it counts this once.
        None => drop(consent::once(call, caller, &chosen.uid(), wanted)?),
    }
    Ok(SigningCertificate {
        algorithms: chosen.jose_names().into_iter().map(str::to_owned).collect(),
        certificate: Base64(chosen.held.der),
    })
}
