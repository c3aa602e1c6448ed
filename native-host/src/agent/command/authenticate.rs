use wardkey_protocol::{
    Base64, Capability, ErrorCode, Fault,
    command::authenticate::{Args, Token},
    version::BUILD,
};
use wardkey_signatures::web_eid;

use crate::agent::{
    admission,
    audit::Entry,
    call::Call,
    certificate::{Chosen, Purpose},
    consent::{self, Wanted},
    dialogs::{Act, Conversation, Proposal},
    port::{Caller, Who},
};

/// A `web-eid:1.0` token over this origin and the relying party's nonce, by the login key.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Token, Fault> {
    let agent = call.agent;
    // The signature speaks for an origin, and only a browser's word for one counts.
    let Who::Page(origin) = &caller.who else {
        return Err(admission::not_granted(Capability::Authenticate));
    };
    let mut dialog = agent.dialogs.begin(call, caller, Act::Authenticate, "")?;
    let nonce = args.nonce.as_str();
    let prove = |dialog: &mut Conversation<'_>, mut chosen: Chosen| {
        chosen.check_key(Purpose::Login, agent.servers.of(&caller.server)?.policy())?;
        dialog.watch_card(agent, &mut chosen)?;
        let wanted = Wanted::only(&[Capability::Authenticate]);
        let (_, asked) = consent::in_dialog(agent, dialog, caller, &chosen.uid(), wanted)?;
        let prepared = web_eid::prepare(origin.as_str(), nonce, chosen.algorithm)
            .map_err(|_| Fault::new(ErrorCode::Internal))?;
        let signature =
            dialog.with_passcode(agent, &chosen, &Proposal::default(), |consent, _| {
                let over = prepared.to_be_signed();
                agent.sign_one(&chosen, over, &consent.passcode, call.interrupt)
            })?;
        asked.keep(agent);
        Ok((chosen, signature))
    };
    let session = call.agent.session_of(call.port).ok();
    let (chosen, signature) =
        agent.with_card(&mut dialog, Purpose::Login, session.as_deref(), prove)?;
    agent.record_first(&Entry {
        action: "authenticate",
        origin: Some(origin.as_str()),
        uid: Some(&chosen.uid()),
        card: Some(&chosen.card.token.serial),
        exception: chosen.exception(),
        outcome: "ok",
        ..Entry::default()
    })?;
    Ok(Token {
        unverified_certificate: Base64(chosen.held.der.clone()),
        algorithm: chosen.jose_name().to_owned(),
        signature: Base64(signature),
        format: "web-eid:1.0".to_owned(),
        app_version: format!("wardkey-host {BUILD}"),
    })
}
