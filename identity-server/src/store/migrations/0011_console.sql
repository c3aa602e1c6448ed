-- Browsers at the server's own pages; passkeys, and what is under way with them.

CREATE TABLE visit (
    cookie BYTEA NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
CREATE INDEX visit_session ON visit (session_id);
CREATE INDEX visit_expires ON visit (expires);

CREATE TABLE passkey (
    id BYTEA NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    registered BIGINT NOT NULL,
    last_used BIGINT
);
CREATE INDEX passkey_uid ON passkey (uid);

CREATE TABLE ceremony (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires);
