-- Tokens that clients get for themselves carry what they say, under a MAC; kept are only those that
-- were revoked before their time.

DELETE FROM token WHERE grant_id IS NULL;

CREATE TABLE revoked_token (
    id TEXT NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
);
CREATE INDEX revoked_token_expires ON revoked_token (expires);
