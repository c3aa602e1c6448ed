-- How far the audit log had come, signed, so that a log cut short is found.

CREATE TABLE audit_checkpoint (
    chain TEXT NOT NULL,
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    at BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (chain, number)
);
