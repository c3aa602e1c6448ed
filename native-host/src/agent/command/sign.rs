use std::{sync::Arc, time::Instant};

use wardkey_protocol::{
    Base64, Capability, ErrorCode, Fault,
    command::sign::{Args, Document, DocumentResult, Joined, Progress, Signed},
    view::RoleView,
};

use crate::{
    agent::{
        admission,
        audit::Entry,
        batch::{self, Batch, TimeBound},
        call::Call,
        certificate::{Chosen, Purpose},
        consent::{self, Wanted},
        content,
        dialogs::Act,
        documents::Reading,
        held::Reservation,
        port::Caller,
        received::Received,
        results,
        session::Session,
        signing,
        timestamps::{Authority, Stamps},
        transfer, trust,
    },
    policy::BatchPolicy,
};

/// Content commitment over one or many documents, in one consent.
pub fn run(call: &Call<'_>, caller: &Caller, args: Args) -> Result<Arc<Signed>, Fault> {
    let finished = &call.agent.finished;
    let signed = match finished.begin(&caller.who, &args.key, Instant::now())? {
        Some(signed) => signed,
        None => {
            let outcome = act(call, caller, &args).map(Arc::new);
            let signed = outcome.as_ref().ok().cloned();
            finished.end(&caller.who, &args.key, signed, Instant::now());
            outcome?
        }
    };
    results::deliver(call, signed)
}

/// Receives the documents, has them signed and writes the record.
fn act(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Signed, Fault> {
    let policy = call.agent.policy().as_ref().map_err(Fault::from)?.batch.clone();
    // A card that is pulled halfway may end the session.
    let mut by = By::of(call.agent.session_at(call.port).ok());
    let (documents, outcome) = match receive(call, caller, args, &policy) {
        // The room is taken until the act is over.
        Ok((documents, _room)) => {
            let outcome = sign(call, caller, args, &documents, &policy, &mut by);
            (documents, outcome)
        }
        Err(fault) => (Vec::new(), Err(fault)),
    };
    let recorded = record(call, caller, args, &by, &documents, &outcome);
    let signed = outcome?;
    // Nobody gets a signature of which there is no record.
    recorded?;
    // A batch that failed whole is an error, not a list of errors.
    if signed.results.iter().all(|result| result.signature.is_none()) {
        let first = signed.results.into_iter().next().and_then(|result| result.error);
        return Err(first.unwrap_or_else(|| ErrorCode::Internal.into()));
    }
    Ok(signed)
}

/// The documents, and room for those that are kept. What can be told of them before they come is.
fn receive<'a>(
    call: &Call<'_>,
    caller: &Caller,
    args: &'a Args,
    policy: &BatchPolicy,
) -> Result<(Vec<Received<'a>>, Reservation), Fault> {
    batch::check(&args.documents, policy, caller)?;
    let is_kept = |document: &Document| {
        document.size.is_none() || !args.is_by_digest() || content::can_be_shown(document)
    };
    let (kept, passing): (Vec<_>, Vec<_>) = args.documents.iter().partition(|one| is_kept(one));
    if !passing.is_empty() && !caller.may_come_to(Capability::SignContentNotShown) {
        return Err(admission::not_granted(Capability::SignContentNotShown));
    }
    let octets = kept.iter().map(|document| document.length()).sum();
    let room = call.agent.held.reserve(call.port.id, octets, policy.bytes)?;
    Ok((transfer::receive(call, args, is_kept)?, room))
}

/// Who acts, as the record has it.
struct By {
    session: Option<Arc<Session>>,
    role: Option<RoleView>,
    /// The key that was chosen and may sign, whether it did or not.
    signer: Option<Chosen>,
}

impl By {
    fn of(session: Option<Arc<Session>>) -> Self {
        let role = session.as_ref().and_then(|session| session.role());
        Self { session, role, signer: None }
    }
}

fn sign(
    call: &Call<'_>,
    caller: &Caller,
    args: &Args,
    documents: &[Received<'_>],
    policy: &BatchPolicy,
    by: &mut By,
) -> Result<Signed, Fault> {
    let agent = call.agent;
    let readings = documents
        .iter()
        .map(|document| Reading::of(args, document, caller))
        .collect::<Result<Vec<_>, _>>()?;
    let unseen = readings.iter().any(|reading| reading.item.not_shown);
    let wanted = Wanted::only(if unseen { &UNSEEN } else { &UNSEEN[..1] });
    let session = agent.session_if_any(call.port)?;
    *by = By::of(session.clone());
    let server = agent.servers.of(&caller.server)?;
    let authority = args.timestamp.then(|| Authority::of(server.policy())).transpose()?;
    let act = Act::Sign { documents: args.documents.len(), reason: args.reason.clone() };
    let mut dialog = agent.dialogs.begin(call, caller, act, "")?;
    let purpose = Purpose::ContentCommitment;
    let of_session = session.as_deref();
    let signed = agent.with_card(&mut dialog, purpose, of_session, |dialog, chosen| {
        // Of another card than the one before.
        by.signer = None;
        let mut chosen = chosen.signing_by(args.algorithm)?;
        chosen.check_key(Purpose::ContentCommitment, server.policy())?;
        by.signer = Some(chosen.clone());
        if let Some(session) = &session {
            signing::check_signer(&chosen, session)?;
        }
        let chain = trust::check(agent, server.policy(), &chosen)?;
        dialog.watch_card(agent, &mut chosen)?;
        let (_, asked) = consent::in_dialog(agent, dialog, caller, &chosen.uid(), wanted)?;

        let prepared = readings
            .iter()
            .map(|reading| reading.prepare(&chosen, &chain))
            .collect::<Result<Vec<_>, _>>()?;
        let shown = readings.iter().zip(&prepared);
        let shown = shown.map(|(reading, prepared)| (&reading.item, prepared.to_be_signed()));
        let time = &TimeBound::of(policy);
        let finish = |place: usize, signature: &[u8]| {
            let prepared = prepared.get(place).ok_or(ErrorCode::Internal)?;
            prepared.assemble(signature, &chosen.certificate)
        };
        let batch = Batch {
            agent,
            chosen: &chosen,
            policy,
            time,
            documents: shown.collect(),
            finish: &finish,
        };
        let signatures = batch.sign(dialog, &mut |done, total| {
            let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
            let progress = Progress { done: number(done), total: number(total) };
            let progress = serde_json::to_value(progress).unwrap_or_default();
            call.port.progress(call.id, progress);
        })?;

        asked.keep(agent);
        if authority.is_some() {
            // An authority may take its time; what is signed stays signed without the window.
            drop(dialog.signed(signatures.iter().filter(|signature| signature.is_ok()).count()));
        }
        let stamps = |authority| Stamps::new(agent, authority, time, dialog.interrupt());
        let mut stamps = authority.as_ref().map(stamps);
        let mut results = Vec::with_capacity(documents.len());
        for ((document, prepared), signature) in documents.iter().zip(&prepared).zip(signatures) {
            let signature = signature.and_then(|signature| {
                let signature = match &mut stamps {
                    Some(stamps) => prepared.timestamped(&signature, |over| stamps.token(over))?,
                    None => signature,
                };
                prepared.for_page(signature)
            });
            results.push(result(document, &chosen, signature));
        }
        Ok(Signed { certificate: Base64(chosen.held.der), results })
    });
    let signed = signed?;
    // While it goes the record is written.
    dialog.close();
    Ok(signed)
}

fn result(
    document: &Document,
    chosen: &Chosen,
    signature: Result<(Vec<u8>, Option<Joined>), Fault>,
) -> DocumentResult {
    let (signature, join, error) = match signature {
        Ok((signature, join)) => (Some(Base64(signature)), join, None),
        Err(fault) => (None, None, Some(fault)),
    };
    DocumentResult {
        id: document.id.clone(),
        algorithm: signature.as_ref().map(|_| chosen.jose_name().to_owned()),
        signature,
        size: None,
        join,
        error,
    }
}

fn record(
    call: &Call<'_>,
    caller: &Caller,
    args: &Args,
    by: &By,
    documents: &[Received<'_>],
    outcome: &Result<Signed, Fault>,
) -> Result<(), Fault> {
    let By { session, role, signer } = by;
    let chosen = signer.as_ref();
    let certificate = chosen.map(|chosen| chosen.certificate.sha256_hex());
    let certificate_serial = chosen.map(|chosen| chosen.certificate.serial_hex());
    let format = serde_json::to_value(args.format).unwrap_or_default();
    let each = |digests: Vec<String>, outcome: &str| {
        call.agent.record_first(&Entry {
            action: "sign",
            origin: caller.who.origin(),
            program: caller.who.program(),
            client: None,
            uid: session.as_ref().map(|session| session.uid.as_str()),
            role: role.as_ref().map(|role| role.id.as_str()),
            card: chosen.map(|chosen| chosen.card.token.serial.as_str()),
            certificate: certificate.as_deref(),
            certificate_serial: certificate_serial.as_deref(),
            format: format.as_str(),
            capabilities: Vec::new(),
            exception: chosen.and_then(Chosen::exception),
            digests,
            outcome,
        })
    };
    match outcome {
        Err(fault) => each(documents.iter().map(digest).collect(), fault.code.as_str()),
        Ok(signed) => {
            let mut ends = by_outcome(documents, &signed.results);
            // What is given out is recorded last: where a line can't be written, nothing is.
            ends.sort_by_key(|(end, _)| *end == OK);
            ends.into_iter().try_for_each(|(end, digests)| each(digests, end))
        }
    }
}

/// The digests of what came to the same end, the first such end first.
fn by_outcome(
    documents: &[Received<'_>],
    results: &[DocumentResult],
) -> Vec<(&'static str, Vec<String>)> {
    let mut ends: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (document, result) in documents.iter().zip(results) {
        let end = result.error.as_ref().map_or(OK, |fault| fault.code.as_str());
        match ends.iter_mut().find(|(other, _)| *other == end) {
            Some((_, digests)) => digests.push(digest(document)),
            None => ends.push((end, vec![digest(document)])),
        }
    }
    ends
}

fn digest(document: &Received<'_>) -> String {
    base16ct::lower::encode_string(document.digest())
}

const OK: &str = "ok";
/// What a document needs that is signed without being shown; one that is shown needs the first.
const UNSEEN: [Capability; 2] = [Capability::Sign, Capability::SignContentNotShown];
