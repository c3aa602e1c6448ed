//! The schema, built in. A migration that has shipped never changes; the next one does.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

pub(super) fn sqlite() -> Migrator {
    migrator(|text| text.replace("BYTEA", "BLOB"), AUDIT_SQLITE)
}

pub(super) fn postgres() -> Migrator {
    migrator(str::to_owned, AUDIT_POSTGRES)
}

/// The texts are those of PostgreSQL, but for what the two databases say differently.
fn migrator(dialect: fn(&str) -> String, audit: &'static str) -> Migrator {
    let texts = [
        ("sessions", SESSIONS),
        ("audit is append-only", audit),
        ("deliveries", DELIVERIES),
        ("registry", REGISTRY),
        ("oidc", OIDC),
        ("checkpoints", CHECKPOINTS),
        ("directory", DIRECTORY),
        ("listeners", LISTENERS),
        ("client tokens", CLIENT_TOKENS),
        ("authorities", AUTHORITIES),
        ("console", CONSOLE),
        ("audit target", AUDIT_TARGET),
    ];
    let migrations = texts.iter().zip(1..).map(|((name, text), version)| {
        let text = sqlx::AssertSqlSafe(dialect(text)).into_sql_str();
        Migration::new(version, Cow::Borrowed(*name), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(migrations.collect())
}

const SESSIONS: &str = include_str!("migrations/0001_sessions.sql");
const DELIVERIES: &str = include_str!("migrations/0003_deliveries.sql");
const AUDIT_SQLITE: &str = include_str!("migrations/0002_audit_sqlite.sql");
const AUDIT_POSTGRES: &str = include_str!("migrations/0002_audit_postgres.sql");
const AUDIT_TARGET: &str = include_str!("migrations/0012_audit_target.sql");
const AUTHORITIES: &str = include_str!("migrations/0010_authorities.sql");
const CHECKPOINTS: &str = include_str!("migrations/0006_checkpoints.sql");
const CLIENT_TOKENS: &str = include_str!("migrations/0009_client_tokens.sql");
const CONSOLE: &str = include_str!("migrations/0011_console.sql");
const DIRECTORY: &str = include_str!("migrations/0007_directory.sql");
const LISTENERS: &str = include_str!("migrations/0008_listeners.sql");
const OIDC: &str = include_str!("migrations/0005_oidc.sql");
const REGISTRY: &str = include_str!("migrations/0004_registry.sql");
