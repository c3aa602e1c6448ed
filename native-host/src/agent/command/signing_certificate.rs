use wardkey_protocol::{
    Base64, Capability, Fault, command::signing_certificate::SigningCertificate,
};

use crate::agent::{
    call::Call,
    certificate::{Chosen, Purpose},
    consent::{self, Wanted},
    dialogs::Act,
    port::Caller,
    signing,
};

/// The content-commitment certificate of the card.
pub fn run(call: &Call<'_>, caller: &Caller) -> Result<SigningCertificate, Fault> {
    let wanted = Wanted::only(&[Capability::SigningCertificate]);
    let chosen = match call.agent.session_if_any(call.port)? {
        Some(session) => {
            let chosen = call.agent.card_of(Purpose::ContentCommitment, &session)?;
            signing::check_signer(&chosen, &session)?;
            consent::settle(call, caller, &session.uid, wanted)?;
            chosen
        }
        None => without_session(call, caller, wanted)?,
    };
    Ok(SigningCertificate {
        algorithms: chosen.jose_names().into_iter().map(str::to_owned).collect(),
        certificate: Base64(chosen.held.der),
    })
}

/// Nothing proves whose card it is, so that what its user lets the site do counts this once.
fn without_session(call: &Call<'_>, caller: &Caller, wanted: Wanted<'_>) -> Result<Chosen, Fault> {
    let (agent, purpose) = (call.agent, Purpose::ContentCommitment);
    if let Some(only) = agent.only_card(purpose)? {
        drop(consent::once(call, caller, &only.uid(), wanted)?);
        return Ok(only);
    }
    let mut dialog = agent.dialogs.begin(call, caller, Act::ChooseCard, "")?;
    agent.with_card(&mut dialog, purpose, None, |dialog, chosen| {
        drop(consent::in_dialog(agent, dialog, caller, &chosen.uid(), wanted)?);
        Ok(chosen)
    })
}
