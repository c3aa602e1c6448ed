use super::{
    Store, StoreError, Unit, change,
    column::{millis, number, sha256, time, unsigned},
    read,
    unit::within,
};
use crate::{AuditCheckpoint, AuditEntry, AuditEvent, Timestamp};

impl Unit {
    /// Appends an event to this node's chain of the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit(
        &mut self,
        at: Timestamp,
        event: AuditEvent,
    ) -> Result<AuditEntry, StoreError> {
        let chain = self.chain.clone();
        self.lock(&format!("audit {chain}")).await?;
        let last: Option<Row> = within!(self, on => sqlx::query_as(
            "SELECT chain, number, at, action, outcome, uid, role, session_id, certificate, \
             relying_party, target, previous, hash FROM audit \
             WHERE chain = $1 ORDER BY number DESC LIMIT 1",
        )
        .bind(&*chain)
        .fetch_optional(on)
        .await)?;
        let last = last.map(AuditEntry::try_from).transpose()?;
        let entry = AuditEntry::following(last.as_ref(), &chain, at, event);
        let AuditEvent { action, outcome, uid, role, session, certificate, relying_party, target } =
            &entry.event;
        let place = number(entry.number)?;
        within!(self, on => sqlx::query(
            "INSERT INTO audit (chain, number, at, action, outcome, uid, role, session_id, \
             certificate, relying_party, target, previous, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&*chain)
        .bind(place)
        .bind(millis(at))
        .bind(action.as_str())
        .bind(outcome.as_str())
        .bind(uid.as_deref())
        .bind(role.as_deref())
        .bind(session.as_deref())
        .bind(certificate.as_deref())
        .bind(relying_party.as_deref())
        .bind(target.as_deref())
        .bind(entry.previous.as_slice())
        .bind(entry.hash.as_slice())
        .execute(on)
        .await
        .map(drop))?;
        Ok(entry)
    }
}

impl Store {
    /// Appends one event, which goes with no other change.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit(&self, at: Timestamp, event: AuditEvent) -> Result<AuditEntry, StoreError> {
        let mut unit = self.begin().await?;
        let entry = unit.audit(at, event).await?;
        unit.commit().await?;
        Ok(entry)
    }

    /// The names of the audit log's chains: one of each node that ever wrote, also of those of
    /// which only checkpoints are left.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit_chains(&self) -> Result<Vec<String>, StoreError> {
        let chains: Vec<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT chain FROM audit UNION SELECT chain FROM audit_checkpoint ORDER BY chain",
        )
        .fetch_all(on)
        .await)?;
        Ok(chains.into_iter().map(|(chain,)| chain).collect())
    }

    /// The last entry of this node's chain; `None`: it has none yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit_head(&self) -> Result<Option<AuditEntry>, StoreError> {
        let row: Option<Row> = read!(self, on => sqlx::query_as(
            "SELECT chain, number, at, action, outcome, uid, role, session_id, certificate, \
             relying_party, target, previous, hash FROM audit \
             WHERE chain = $1 ORDER BY number DESC LIMIT 1",
        )
        .bind(&*self.chain)
        .fetch_optional(on)
        .await)?;
        row.map(AuditEntry::try_from).transpose()
    }

    /// Keeps a checkpoint; one of the same entry stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_audit_checkpoint(&self, made: &AuditCheckpoint) -> Result<(), StoreError> {
        let place = number(made.number)?;
        change!(self, on => sqlx::query(
            "INSERT INTO audit_checkpoint (chain, number, hash, at, signature) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (chain, number) DO NOTHING",
        )
        .bind(made.chain.as_str())
        .bind(place)
        .bind(made.hash.as_slice())
        .bind(millis(made.at))
        .bind(made.signature.as_slice())
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// The checkpoints of a chain, in their order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit_checkpoints(&self, chain: &str) -> Result<Vec<AuditCheckpoint>, StoreError> {
        let rows: Vec<CheckpointRow> = read!(self, on => sqlx::query_as(
            "SELECT chain, number, hash, at, signature FROM audit_checkpoint \
             WHERE chain = $1 ORDER BY number",
        )
        .bind(chain)
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(AuditCheckpoint::try_from).collect()
    }

    /// Entries of a chain of the audit log after this number, at most `limit`, in their order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit_after(
        &self,
        chain: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let after = number(after)?;
        let rows: Vec<Row> = read!(self, on => sqlx::query_as(
            "SELECT chain, number, at, action, outcome, uid, role, session_id, certificate, \
             relying_party, target, previous, hash FROM audit \
             WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(chain)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(AuditEntry::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    chain: String,
    number: i64,
    hash: Vec<u8>,
    at: i64,
    signature: Vec<u8>,
}

impl TryFrom<CheckpointRow> for AuditCheckpoint {
    type Error = StoreError;

    fn try_from(row: CheckpointRow) -> Result<Self, StoreError> {
        Ok(Self {
            chain: row.chain,
            number: unsigned(row.number, "number")?,
            hash: sha256(row.hash, "hash")?,
            at: time(row.at, "at")?,
            signature: row.signature,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    chain: String,
    number: i64,
    at: i64,
    action: String,
    outcome: String,
    uid: Option<String>,
    role: Option<String>,
    session_id: Option<String>,
    certificate: Option<String>,
    relying_party: Option<String>,
    target: Option<String>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<Row> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            chain: row.chain,
            number: unsigned(row.number, "number")?,
            at: time(row.at, "at")?,
            event: AuditEvent {
                action: row.action,
                outcome: row.outcome,
                uid: row.uid,
                role: row.role,
                session: row.session_id,
                certificate: row.certificate,
                relying_party: row.relying_party,
                target: row.target,
            },
            previous: sha256(row.previous, "previous")?,
            hash: sha256(row.hash, "hash")?,
        })
    }
}
