-- What others are still to be told.

CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    made BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX delivery_due ON delivery (due);
