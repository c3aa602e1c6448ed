use super::{Store, StoreError, Unit, read, unit::within};

impl Store {
    /// The apps that are registered for tickets, as origin and name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn relying_parties(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = read!(self, on => sqlx::query_as(
            "SELECT origin, name FROM relying_party ORDER BY origin",
        )
        .fetch_all(on)
        .await)?;
        Ok(rows)
    }

    /// Whether this app is registered for tickets.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_relying_party(&self, origin: &str) -> Result<bool, StoreError> {
        let found: Option<(String,)> = read!(self, on => sqlx::query_as(
            "SELECT name FROM relying_party WHERE origin = $1",
        )
        .bind(origin)
        .fetch_optional(on)
        .await)?;
        Ok(found.is_some())
    }
}

impl Unit {
    /// Registers an app for tickets, or changes its name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn put_relying_party(&mut self, origin: &str, name: &str) -> Result<(), StoreError> {
        within!(self, on => sqlx::query(
            "INSERT INTO relying_party (origin, name) VALUES ($1, $2) \
             ON CONFLICT (origin) DO UPDATE SET name = excluded.name",
        )
        .bind(origin)
        .bind(name)
        .execute(on)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Removes an app, and the tickets that it has. `false`: it is not registered.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_relying_party(&mut self, origin: &str) -> Result<bool, StoreError> {
        within!(self, on => sqlx::query("DELETE FROM ticket WHERE relying_party = $1")
            .bind(origin)
            .execute(on)
            .await
            .map(drop))?;
        let removed = within!(self, on => sqlx::query("DELETE FROM relying_party WHERE origin = $1")
            .bind(origin)
            .execute(on)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(removed == 1)
    }
}
