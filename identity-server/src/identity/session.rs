use std::time::Duration;

use serde::Serialize;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_protocol::{
    Origin,
    session_api::{Claims, LeaseRenewed, PROOF_TYPE, Refusal, StateChanged, TicketIssued, Verb},
};
use wardkey_signatures::jws::{Expected, Pending, Unverified};
use wardkey_spine::Ticket;

use super::{Change, Failed, Identity, event};
use crate::{
    AuditEvent, Timestamp,
    delivery::EndCause,
    session::{Session, State, StoredTicket},
    store::TicketChange,
};

/// What an agent's proof gets.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Granted {
    /// For `lease`.
    Lease(LeaseRenewed),
    /// For `lock`, `suspend` and `end`.
    State(StateChanged),
    /// For `ticket`.
    Ticket(TicketIssued),
}

impl Identity {
    /// Does what an agent asks for a session with the session's key: `proof` is a compact JWS
    /// (see [`wardkey_protocol::session_api`]). A sequence number is used up by any proof that
    /// holds, whether what it asks is granted or not.
    ///
    /// # Errors
    /// [`Refusal`], or the server's trouble.
    #[tracing::instrument(skip_all)]
    pub async fn session(&self, proof: &str) -> Result<Granted, Failed<Refusal>> {
        let (id, claims) = self.proven(proof).await?;
        let relying_party = self.relying_party(&claims).await?;
        let ticket = self.new_ticket()?;
        let decided = self
            .change(&id, |session, now| {
                if !session.accept_sequence(claims.seq) {
                    return Change::Leave(Err(Refusal::ProofInvalid));
                }
                let (answer, tickets) = match claims.verb {
                    Verb::End if session.state != State::Ended => {
                        return Change::End(Ok(ended()), EndCause::Logout);
                    }
                    Verb::End => (Ok(ended()), TicketChange::Keep),
                    Verb::Lease => self.lease(session, now),
                    Verb::Lock => lock(session),
                    Verb::Suspend => suspend(session),
                    Verb::Ticket => self.ticket(session, now, relying_party.as_ref(), &ticket),
                    _ => (Err(Refusal::ProofInvalid), TicketChange::Keep),
                };
                let log = audited(claims.verb).map(|action| {
                    let outcome = answer.as_ref().map_or_else(name, |_| "ok".to_owned());
                    let relying_party = claims.relying_party.clone();
                    AuditEvent { relying_party, ..event(action, &outcome, session) }
                });
                Change::Store { answer, tickets, log }
            })
            .await?;
        decided.ok_or(Failed::Refused(Refusal::ProofInvalid))?.map_err(Failed::Refused)
    }

    /// The session's id and what the proof asks, when the session's key made it for this server.
    async fn proven(&self, proof: &str) -> Result<(String, Claims), Failed<Refusal>> {
        let invalid = || Failed::Refused(Refusal::ProofInvalid);
        let expected =
            Expected { algorithm: SignatureAlgorithm::EcdsaP256Sha256, typ: Some(PROOF_TYPE) };
        let unverified = Unverified::read(proof, &expected).map_err(|_| invalid())?;
        let id = unverified.kid().ok_or_else(invalid)?.to_owned();
        let session = self.store.session(&id).await?.ok_or_else(invalid)?;
        let verified = unverified
            .verify(&session.session_key)
            .and_then(Pending::discharge)
            .map_err(|_| invalid())?;
        let claims: Claims = serde_json::from_slice(&verified.payload).map_err(|_| invalid())?;
        if claims.aud != self.rules.server.as_str() {
            return Err(invalid());
        }
        Ok((id, claims))
    }

    /// Named for `ticket` and for nothing else.
    async fn relying_party(&self, claims: &Claims) -> Result<Option<Origin>, Failed<Refusal>> {
        match (claims.verb, &claims.relying_party) {
            (Verb::Ticket, Some(origin)) => {
                let unknown = || Failed::Refused(Refusal::RelyingPartyUnknown);
                let origin = Origin::parse(origin).map_err(|_| unknown())?;
                let known = self.is_relying_party(&origin).await?;
                if known { Ok(Some(origin)) } else { Err(unknown()) }
            }
            (Verb::Ticket, None) | (_, Some(_)) => Err(Failed::Refused(Refusal::ProofInvalid)),
            (_, None) => Ok(None),
        }
    }

    fn lease(&self, session: &mut Session, now: Timestamp) -> Decision {
        if let Some(refusal) = refusal(session.state) {
            return (Err(refusal), TicketChange::Keep);
        }
        session.lease_expires = now.plus(self.rules.times.lease());
        let lease_seconds = self.rules.times.lease_seconds;
        let renewed = LeaseRenewed { state: session.state.into(), lease_seconds };
        (Ok(Granted::Lease(renewed)), TicketChange::Keep)
    }

    fn ticket(
        &self,
        session: &mut Session,
        now: Timestamp,
        relying_party: Option<&Origin>,
        ticket: &Ticket,
    ) -> Decision {
        let refused = match (refusal(session.state), relying_party, &session.role) {
            (Some(refusal), _, _) => refusal,
            (None, None, _) => Refusal::RelyingPartyUnknown,
            (None, Some(_), None) => Refusal::RoleRequired,
            (None, Some(relying_party), Some(_)) => {
                session.last_activity = now;
                let issued = TicketIssued {
                    ticket: ticket.expose().to_owned(),
                    expires_in_seconds: seconds(session.remaining(now)),
                };
                let stored = StoredTicket {
                    hash: ticket.sha256(),
                    session: session.id.clone(),
                    relying_party: Some(relying_party.as_str().to_owned()),
                    issued: now,
                };
                return (Ok(Granted::Ticket(issued)), TicketChange::Add(stored));
            }
        };
        (Err(refused), TicketChange::Keep)
    }
}

type Decision = (Result<Granted, Refusal>, TicketChange);

/// A session that is locked already stays so; one whose lease lapsed is not brought back.
fn lock(session: &mut Session) -> Decision {
    let answer = match session.state {
        State::Active | State::Locked => {
            session.state = State::Locked;
            Ok(Granted::State(StateChanged { state: session.state.into() }))
        }
        State::Suspended => Err(Refusal::SessionSuspended),
        State::Ended => Err(Refusal::SessionEnded),
    };
    (answer, TicketChange::Keep)
}

/// Locked or not: the card of another user is in, and this one's alone brings the session back.
fn suspend(session: &mut Session) -> Decision {
    if session.state == State::Ended {
        return (Err(Refusal::SessionEnded), TicketChange::Keep);
    }
    session.state = State::Suspended;
    (Ok(Granted::State(StateChanged { state: session.state.into() })), TicketChange::Keep)
}

/// Ending what has ended is done already.
fn ended() -> Granted {
    Granted::State(StateChanged { state: State::Ended.into() })
}

fn refusal(state: State) -> Option<Refusal> {
    match state {
        State::Active => None,
        State::Locked => Some(Refusal::SessionLocked),
        State::Suspended => Some(Refusal::SessionSuspended),
        State::Ended => Some(Refusal::SessionEnded),
    }
}

/// Renewed leases are not worth an entry each: every agent renews its own twice a minute.
fn audited(verb: Verb) -> Option<&'static str> {
    match verb {
        Verb::Lock => Some("lock"),
        Verb::Suspend => Some("suspend"),
        Verb::Ticket => Some("ticket"),
        _ => None,
    }
}

/// The refusal's name on the wire.
fn name(refusal: &Refusal) -> String {
    let name = serde_json::to_value(refusal);
    name.ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}
