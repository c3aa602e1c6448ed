//! Sessions by the hundred thousand, put into the database past the server.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use sqlx::{Connection as _, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

/// Puts sessions number `from` to `to` into the database, each with a ticket that nobody has.
/// PostgreSQL is told to look at what it has, as it would by itself; a server's SQLite file has no
/// statistics.
pub async fn sessions(database: &str, folder: &Path, from: u64, to: u64) -> Result<()> {
    #[allow(clippy::disallowed_methods, reason = "a bench runs at its own time")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let later = now + 36_000_000;
    let columns = format!(
        "0, 'active', 555000000000 + i % 100000, 'card', CREDENTIAL, NULL, EMPTY, 0, \
         {now}, {now}, {now}, {later}, 36000000, {later}"
    );
    if database.starts_with("postgres") {
        let columns = columns
            .replace("555000000000 + i % 100000", "(555000000000 + i % 100000)::text")
            .replace("CREDENTIAL", "sha256('card'::bytea)")
            .replace("EMPTY", "''::bytea");
        let mut connection = PgConnection::connect(database).await?;
        for sql in [
            format!(
                "INSERT INTO session SELECT lpad(to_hex(i), 32, '0'), {columns} \
                 FROM generate_series({from}::bigint, {to}::bigint - 1) AS i"
            ),
            format!(
                "INSERT INTO ticket SELECT sha256(i::text::bytea), lpad(to_hex(i), 32, '0'), \
                 NULL, {now} FROM generate_series({from}::bigint, {to}::bigint - 1) AS i"
            ),
            "ANALYZE".to_owned(),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        return Ok(());
    }
    let columns = columns.replace("CREDENTIAL", "zeroblob(32)").replace("EMPTY", "zeroblob(0)");
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to})"
    );
    let options = SqliteConnectOptions::new()
        .filename(folder.join(database))
        .busy_timeout(std::time::Duration::from_secs(60));
    let mut connection = SqliteConnection::connect_with(&options).await?;
    for sql in [
        format!("{numbers} INSERT INTO session SELECT printf('%032x', i), {columns} FROM n"),
        format!(
            "{numbers} INSERT INTO ticket SELECT randomblob(32), printf('%032x', i), NULL, {now} \
             FROM n"
        ),
        // Sessions that come one by one leave no log of hundreds of megabytes to be read through.
        "PRAGMA wal_checkpoint(TRUNCATE)".to_owned(),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    Ok(())
}
