use super::{
    Store, StoreError, Unit, change,
    column::{millis, time, unsigned},
    unit::within,
};
use crate::{
    Timestamp,
    delivery::{Delivery, Task},
};

impl Unit {
    /// Keeps something that is to be told, until it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_delivery(
        &mut self,
        id: &str,
        task: &Task,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let task = serde_json::to_string(task).map_err(|_| StoreError::Corrupt("task"))?;
        within!(self, on => sqlx::query(
            "INSERT INTO delivery (id, task, made, due, attempts) VALUES ($1, $2, $3, $3, 0)",
        )
        .bind(id)
        .bind(task.as_str())
        .bind(millis(now))
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }
}

impl Store {
    /// Deliveries that are due, at most `limit`, each of which nobody else gets before `held`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        held: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows: Vec<Row> = change!(self, on => sqlx::query_as(
            "UPDATE delivery SET due = $2, attempts = attempts + 1 WHERE due <= $1 AND id IN \
             (SELECT id FROM delivery WHERE due <= $1 ORDER BY due LIMIT $3) \
             RETURNING id, task, made, attempts",
        )
        .bind(millis(now))
        .bind(millis(held))
        .bind(i64::from(limit))
        .fetch_all(on)
        .await)?;
        rows.into_iter().map(Delivery::try_from).collect()
    }

    /// Puts a delivery off.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn postpone_delivery(&self, id: &str, due: Timestamp) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("UPDATE delivery SET due = $2 WHERE id = $1")
            .bind(id)
            .bind(millis(due))
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Forgets a delivery, made or given up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_delivery(&self, id: &str) -> Result<(), StoreError> {
        change!(self, on => sqlx::query("DELETE FROM delivery WHERE id = $1")
            .bind(id)
            .execute(on)
            .await
            .map(drop))?;
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    task: String,
    made: i64,
    attempts: i64,
}

impl TryFrom<Row> for Delivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            task: serde_json::from_str(&row.task).map_err(|_| StoreError::Corrupt("task"))?,
            made: time(row.made, "made")?,
            attempts: unsigned(row.attempts, "attempts")?,
        })
    }
}
