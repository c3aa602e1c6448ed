use std::time::Instant;

use sha2::{Digest as _, Sha256};
use wardkey_protocol::{
    Base64, ErrorCode, Fault,
    command::sign::{Args, Document, DocumentResult, Progress, Signed},
};

use crate::{
    agent::{
        audit::Entry,
        batch::{self, Batch},
        call::Call,
        certificate::{Chosen, Purpose},
        dialogs::Act,
        documents::Reading,
        port::Caller,
        signing,
        timestamps::Authority,
        trust,
    },
    dialog::words::Word,
};

/// Content commitment over one or many documents, in one consent.
pub fn run(call: &Call<'_>, caller: &Caller, args: Args) -> Result<Signed, Fault> {
    let finished = &call.agent.finished;
    if let Some(signed) = finished.begin(&caller.origin, &args.key, Instant::now()) {
        return Ok(signed);
    }
    let outcome = sign(call, caller, &args);
    record(call, caller, &args, &outcome);
    finished.end(
        &caller.origin,
        &args.key,
        outcome.as_ref().ok().map(|(s, _)| s.clone()),
        Instant::now(),
    );
    outcome.map(|(signed, _)| signed)
}

fn sign(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<(Signed, Chosen), Fault> {
    let agent = call.agent;
    // Documents first: what is wrong with them is told without a dialog.
    let policy = agent.policy().as_ref().map_err(Fault::from)?.batch.clone();
    batch::check(&args.documents, &policy, caller)?;
    let readings = args
        .documents
        .iter()
        .map(|document| Reading::of(args, document, caller))
        .collect::<Result<Vec<_>, _>>()?;
    let session = agent.session_if_any(call.port)?;
    let server = agent.servers.of(&caller.server)?;
    let authority = args.timestamp.then(|| Authority::of(server.policy())).transpose()?;
    let act = Act::Sign { documents: args.documents.len(), reason: args.reason.clone() };
    let mut dialog = agent.dialogs.begin(call, caller, act, "")?;
    dialog.waiting(Word::ReadingCard)?;
    let chosen = agent.choose(Purpose::ContentCommitment)?.signing_by(args.algorithm)?;
    chosen.check_key(Purpose::ContentCommitment, server.policy())?;
    if let Some(session) = &session {
        signing::check_signer(&chosen, session)?;
    }
    let chain = trust::check(agent, server.policy(), &chosen)?;
    dialog.watch_card(&chosen)?;

    let prepared = readings
        .iter()
        .map(|reading| reading.prepare(&chosen, &chain))
        .collect::<Result<Vec<_>, _>>()?;
    let documents = readings.iter().zip(&prepared);
    let documents = documents.map(|(reading, prepared)| (&reading.item, prepared.to_be_signed()));
    let batch = Batch { agent, chosen: &chosen, policy: &policy, documents: documents.collect() };
    let signatures = batch.sign(&mut dialog, &mut |done, total| {
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        let progress = Progress { done: number(done), total: number(total) };
        let progress = serde_json::to_value(progress).unwrap_or_default();
        call.port.progress(call.id, progress);
    })?;

    let mut results = Vec::with_capacity(args.documents.len());
    for ((document, prepared), signature) in args.documents.iter().zip(prepared).zip(signatures) {
        let signature = signature.and_then(|signature| {
            let signature = prepared.assemble(&signature, &chosen.certificate)?;
            match &authority {
                Some(authority) => {
                    prepared.timestamped(&signature, |over| authority.token(agent, over))
                }
                None => Ok(signature),
            }
        });
        results.push(result(document, &chosen, signature));
    }
    // A batch that failed whole is an error, not a list of errors.
    if let Some(error) =
        results.iter().all(|r| r.signature.is_none()).then(|| results[0].error.clone())
    {
        return Err(error.unwrap_or_else(|| ErrorCode::Internal.into()));
    }
    Ok((Signed { certificate: Base64(chosen.held.der.clone()), results }, chosen))
}

fn result(
    document: &Document,
    chosen: &Chosen,
    signature: Result<Vec<u8>, Fault>,
) -> DocumentResult {
    let (signature, error) = match signature {
        Ok(signature) => (Some(Base64(signature)), None),
        Err(fault) => (None, Some(fault)),
    };
    DocumentResult {
        id: document.id.clone(),
        algorithm: signature.as_ref().map(|_| chosen.jose_name().to_owned()),
        signature,
        error,
    }
}

fn record(
    call: &Call<'_>,
    caller: &Caller,
    args: &Args,
    outcome: &Result<(Signed, Chosen), Fault>,
) {
    let session = call.agent.session_at(call.port).ok();
    let role = session.as_ref().and_then(|session| session.role());
    let chosen = outcome.as_ref().ok().map(|(_, chosen)| chosen);
    let certificate = chosen.map(|chosen| chosen.certificate.sha256_hex());
    let format = serde_json::to_value(args.format).unwrap_or_default();
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect();
    call.agent.record(&Entry {
        action: "sign",
        origin: Some(caller.origin.as_str()),
        client: None,
        uid: session.as_ref().map(|session| session.uid.as_str()),
        role: role.as_ref().map(|role| role.id.as_str()),
        card: chosen.map(|chosen| chosen.card.token.serial.as_str()),
        certificate: certificate.as_deref(),
        format: format.as_str(),
        exception: chosen.and_then(Chosen::exception),
        digests: args.documents.iter().map(|document| hex(&digest_of(document))).collect(),
        outcome: outcome.as_ref().map_or_else(|fault| fault.code.as_str(), |_| "ok"),
    });
}

/// The one that the page gave in place of the document, or SHA-256.
fn digest_of(document: &Document) -> Vec<u8> {
    match &document.digest {
        Some(digest) => digest.0.clone(),
        None => Sha256::digest(document.octets()).to_vec(),
    }
}
