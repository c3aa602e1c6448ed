-- OpenID Connect: requests under way, grants, codes, tokens, and what must not be used twice.

CREATE TABLE pushed_request (
    hash BYTEA NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    document TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX pushed_request_expires ON pushed_request (expires);

CREATE TABLE sign_in (
    id TEXT NOT NULL PRIMARY KEY,
    cookie BYTEA NOT NULL,
    client TEXT NOT NULL,
    document TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sign_in_expires ON sign_in (expires);

CREATE TABLE oidc_grant (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    terms TEXT NOT NULL,
    made BIGINT NOT NULL,
    revoked BIGINT
);
CREATE INDEX oidc_grant_session ON oidc_grant (session_id);

CREATE TABLE code (
    hash BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES oidc_grant (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX code_grant ON code (grant_id);

CREATE TABLE token (
    hash BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    grant_id TEXT REFERENCES oidc_grant (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    scope TEXT NOT NULL,
    confirmation TEXT,
    issued BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    replaced BIGINT
);
CREATE INDEX token_grant ON token (grant_id);
CREATE INDEX token_expires ON token (expires);

CREATE TABLE replay (
    hash BYTEA NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX replay_until ON replay (until);
