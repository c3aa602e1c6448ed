-- Who asked, by the Spine's session service, to be told when a session ends. The ticket is what
-- the listener knows the session by: its hash, and the ticket itself wrapped.

CREATE TABLE listener (
    ticket BYTEA NOT NULL,
    url TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (ticket, url)
);
CREATE INDEX listener_session ON listener (session_id);
