-- Card login, sessions, tickets, and the audit log.

CREATE TABLE challenge (
    hash BYTEA NOT NULL PRIMARY KEY,
    signature BYTEA NOT NULL,
    transaction_id TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX challenge_expires ON challenge (expires);

CREATE TABLE certificate (
    hash BYTEA NOT NULL PRIMARY KEY,
    uid TEXT NOT NULL,
    registered BIGINT NOT NULL
);
CREATE INDEX certificate_uid ON certificate (uid);

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    uid TEXT NOT NULL,
    authenticator TEXT NOT NULL,
    credential BYTEA NOT NULL,
    role TEXT,
    session_key BYTEA NOT NULL,
    last_sequence BIGINT NOT NULL,
    created BIGINT NOT NULL,
    authenticated BIGINT NOT NULL,
    last_activity BIGINT NOT NULL,
    max_expires BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    lease_expires BIGINT NOT NULL
);
CREATE INDEX session_max_expires ON session (max_expires);
CREATE INDEX session_uid ON session (uid) WHERE state <> 'ended';
CREATE INDEX session_lease ON session (lease_expires) WHERE state = 'active';
CREATE INDEX session_idle ON session ((last_activity + idle)) WHERE state <> 'ended';

CREATE TABLE ticket (
    hash BYTEA NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    relying_party TEXT,
    issued BIGINT NOT NULL
);
CREATE INDEX ticket_session ON ticket (session_id);

CREATE TABLE audit (
    chain TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    uid TEXT,
    role TEXT,
    session_id TEXT,
    certificate TEXT,
    relying_party TEXT,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (chain, number)
);
