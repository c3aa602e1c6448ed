-- Authorities that login certificates may come from, besides those of the configuration.

CREATE TABLE authority (
    hash BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    added BIGINT NOT NULL
);
INSERT INTO revision (name, number) VALUES ('authorities', 0);
