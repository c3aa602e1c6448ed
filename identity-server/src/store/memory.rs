use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Store, StoreError, TicketChange};
use crate::{
    AuditEntry, AuditEvent, Timestamp,
    session::{Session, Sha256, StoredChallenge, StoredTicket},
};

/// A store in memory: for tests, and for a server that may forget everything.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    challenges: HashMap<Sha256, StoredChallenge>,
    certificates: HashMap<Sha256, String>,
    sessions: HashMap<String, Session>,
    tickets: HashMap<Sha256, StoredTicket>,
    audit: Vec<AuditEntry>,
}

impl MemoryStore {
    /// Operations leave the tables whole, so a panic of another thread spoils nothing.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn put_challenge(&self, challenge: &StoredChallenge) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.challenges.contains_key(&challenge.hash) {
            return Err(StoreError::Duplicate);
        }
        tables.challenges.insert(challenge.hash, challenge.clone());
        Ok(())
    }

    async fn take_challenge(&self, hash: &Sha256) -> Result<Option<StoredChallenge>, StoreError> {
        Ok(self.tables().challenges.remove(hash))
    }

    async fn register_certificate(
        &self,
        uid: &str,
        certificate: &Sha256,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let holder = tables.certificates.entry(*certificate).or_insert_with(|| uid.to_owned());
        Ok(holder == uid)
    }

    async fn is_registered(&self, uid: &str, certificate: &Sha256) -> Result<bool, StoreError> {
        Ok(self.tables().certificates.get(certificate).is_some_and(|holder| holder == uid))
    }

    async fn put_session(
        &self,
        session: &Session,
        ticket: &StoredTicket,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.sessions.contains_key(&session.id) || tables.tickets.contains_key(&ticket.hash) {
            return Err(StoreError::Duplicate);
        }
        tables.sessions.insert(session.id.clone(), session.clone());
        tables.tickets.insert(ticket.hash, ticket.clone());
        Ok(())
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        Ok(self.tables().sessions.get(id).cloned())
    }

    async fn session_of(
        &self,
        ticket: &Sha256,
    ) -> Result<Option<(StoredTicket, Session)>, StoreError> {
        let tables = self.tables();
        let Some(ticket) = tables.tickets.get(ticket) else { return Ok(None) };
        let session = tables.sessions.get(&ticket.session);
        Ok(session.map(|session| (ticket.clone(), session.clone())))
    }

    async fn replace_session(
        &self,
        session: &Session,
        change: &TicketChange,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let stored = tables.sessions.get_mut(&session.id);
        let Some(stored) = stored.filter(|stored| stored.revision == session.revision) else {
            return Ok(false);
        };
        *stored = Session { revision: session.revision + 1, ..session.clone() };
        let others = |ticket: &StoredTicket| ticket.session != session.id;
        match change {
            TicketChange::Keep | TicketChange::Add(_) => {}
            TicketChange::DropAll | TicketChange::ReplaceAll(_) => {
                tables.tickets.retain(|_, ticket| others(ticket));
            }
            TicketChange::DropChildren => {
                tables.tickets.retain(|_, ticket| others(ticket) || ticket.relying_party.is_none())
            }
        }
        if let TicketChange::Add(ticket) | TicketChange::ReplaceAll(ticket) = change {
            tables.tickets.insert(ticket.hash, ticket.clone());
        }
        Ok(true)
    }

    async fn sweep(&self, now: Timestamp, forget: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let Tables { challenges, sessions, tickets, .. } = &mut *tables;
        challenges.retain(|_, challenge| challenge.expires >= now);
        sessions.retain(|_, session| session.max_expires >= forget);
        tickets.retain(|_, ticket| sessions.contains_key(&ticket.session));
        Ok(())
    }

    async fn append_audit(
        &self,
        at: Timestamp,
        event: AuditEvent,
    ) -> Result<AuditEntry, StoreError> {
        let mut tables = self.tables();
        let entry = AuditEntry::following(tables.audit.last(), at, event);
        tables.audit.push(entry.clone());
        Ok(entry)
    }

    async fn audit_after(&self, number: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let tables = self.tables();
        let entries = tables.audit.iter().filter(|entry| entry.number > number);
        Ok(entries.take(limit as usize).cloned().collect())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
