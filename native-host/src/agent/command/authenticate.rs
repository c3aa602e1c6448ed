use wardkey_protocol::{
    Base64, Capability, ErrorCode, Fault,
    command::authenticate::{Args, Token},
    version::BUILD,
};
use wardkey_signatures::web_eid;

use crate::{
    agent::{
        admission,
        audit::Entry,
        call::Call,
        certificate::Purpose,
        dialogs::{Act, Proposal},
        port::{Caller, Who},
    },
    dialog::words::Word,
};

/// A `web-eid:1.0` token over this origin and the relying party's nonce, by the login key.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Token, Fault> {
    let agent = call.agent;
    // The signature speaks for an origin, and only a browser's word for one counts.
    let Who::Page(origin) = &caller.who else {
        return Err(admission::not_granted(Capability::Authenticate));
    };
    let mut dialog = agent.dialogs.begin(call, caller, Act::Authenticate, "")?;
    dialog.waiting(Word::ReadingCard)?;
    let chosen = agent.choose(Purpose::Login)?;
    chosen.check_key(Purpose::Login, agent.servers.of(&caller.server)?.policy())?;
    dialog.watch_card(&chosen)?;
    let prepared = web_eid::prepare(origin.as_str(), args.nonce.as_str(), chosen.algorithm)
        .map_err(|_| Fault::new(ErrorCode::Internal))?;
    let signature = dialog.with_passcode(&chosen, &Proposal::default(), |consent, _| {
        agent.sign_one(&chosen, prepared.to_be_signed(), &consent.passcode, call.interrupt)
    })?;
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
