-- Who is told when a session ends, and what is still to be told.

CREATE TABLE listener (
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    sid TEXT NOT NULL,
    PRIMARY KEY (session_id, url)
);

CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    made BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX delivery_due ON delivery (due);
