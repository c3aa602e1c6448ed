use std::time::Duration;

use crate::{
    session::{Authenticator, Session, State, StoredTicket},
    store::{
        StoreError,
        column::{sha256, time, unsigned},
        gather,
    },
};

macro_rules! tickets {
    ($($hashes:tt)*) => {
        concat!(
            "SELECT session.*, ticket.hash, ticket.relying_party, ticket.issued ",
            "FROM ticket JOIN session ON session.id = ticket.session_id WHERE ticket.hash ",
            $($hashes)*
        )
    };
}

#[derive(sqlx::FromRow)]
pub(in crate::store) struct Row {
    id: String,
    revision: i64,
    state: String,
    uid: String,
    authenticator: String,
    credential: Vec<u8>,
    role: Option<String>,
    session_key: Vec<u8>,
    last_sequence: i64,
    created: i64,
    authenticated: i64,
    last_activity: i64,
    max_expires: i64,
    idle: i64,
    lease_expires: i64,
}

#[derive(sqlx::FromRow)]
pub(in crate::store) struct TicketRow {
    hash: Vec<u8>,
    relying_party: Option<String>,
    issued: i64,
    #[sqlx(flatten)]
    session: Row,
}

impl gather::Row for TicketRow {
    type Found = (StoredTicket, Session);

    const ONE: &'static str = tickets!("= $1");
    const SOME: &'static str = tickets!(gather::sixteen!());

    fn hash(&self) -> &[u8] {
        &self.hash
    }

    fn read(self) -> Result<Self::Found, StoreError> {
        let session = Session::try_from(self.session)?;
        let ticket = StoredTicket {
            hash: sha256(self.hash, "hash")?,
            session: session.id.clone(),
            relying_party: self.relying_party,
            issued: time(self.issued, "issued")?,
        };
        Ok((ticket, session))
    }
}

impl TryFrom<Row> for Session {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let authenticator = Authenticator::from_name(&row.authenticator);
        Ok(Self {
            id: row.id,
            revision: unsigned(row.revision, "revision")?,
            state: State::from_name(&row.state).ok_or(StoreError::Corrupt("state"))?,
            uid: row.uid,
            authenticator: authenticator.ok_or(StoreError::Corrupt("authenticator"))?,
            credential: sha256(row.credential, "credential")?,
            role: row.role,
            session_key: row.session_key,
            last_sequence: unsigned(row.last_sequence, "last_sequence")?,
            created: time(row.created, "created")?,
            authenticated: time(row.authenticated, "authenticated")?,
            last_activity: time(row.last_activity, "last_activity")?,
            max_expires: time(row.max_expires, "max_expires")?,
            idle: Duration::from_millis(unsigned(row.idle, "idle")?),
            lease_expires: time(row.lease_expires, "lease_expires")?,
        })
    }
}
