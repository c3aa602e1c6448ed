-- People and organisations, a document of JSON each. Who is gone keeps the row, without a
-- document, so that other nodes learn of it: they ask for rows above the revision they have.

CREATE TABLE directory_entry (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX directory_entry_revision ON directory_entry (revision);
INSERT INTO revision (name, number) VALUES ('directory', 0);
