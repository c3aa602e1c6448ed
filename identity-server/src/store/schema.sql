CREATE TABLE IF NOT EXISTS challenge (
    hash BLOB NOT NULL PRIMARY KEY,
    signature BLOB NOT NULL,
    transaction_id TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS challenge_expires ON challenge (expires);

CREATE TABLE IF NOT EXISTS certificate (
    hash BLOB NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    registered BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS session (
    id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    uid TEXT NOT NULL,
    certificate BLOB NOT NULL,
    role TEXT,
    session_key BLOB NOT NULL,
    last_sequence BIGINT NOT NULL,
    created BIGINT NOT NULL,
    authenticated BIGINT NOT NULL,
    last_activity BIGINT NOT NULL,
    max_expires BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    lease_expires BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS session_max_expires ON session (max_expires);

CREATE TABLE IF NOT EXISTS ticket (
    hash BLOB NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    relying_party TEXT,
    issued BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS ticket_session ON ticket (session_id);

CREATE TABLE IF NOT EXISTS audit (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    uid TEXT,
    role TEXT,
    session_id TEXT,
    certificate TEXT,
    relying_party TEXT,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE TRIGGER IF NOT EXISTS audit_keeps_its_entries BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_its_text BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
