-- Who relies on this server, its own keys, and a number that says when either changed.

CREATE TABLE relying_party (
    origin TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE signing_key (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    made BIGINT NOT NULL
);

CREATE TABLE revision (
    name TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revision (name, number) VALUES ('registry', 1);
