-- What the portal publishes: each question about a period, and what became of it when it was asked last.
CREATE TABLE publication_question (
    topic       TEXT    NOT NULL,  -- the group that is asked about
    root        TEXT    NOT NULL,  -- the department below which it is asked; '' for the whole country
    period      TEXT    NOT NULL,  -- 2026-08, 2026-Q3 or 2026
    asked_at    INTEGER NOT NULL,
    answered_at INTEGER,           -- when an answer had figures last; NULL: never
    outcome     TEXT    NOT NULL,
    failures    INTEGER NOT NULL,  -- in a row, up to the last time
    detail      TEXT    NOT NULL,  -- why it failed
    PRIMARY KEY (topic, root, period)
) WITHOUT ROWID;

-- The answers as they came, page by page. One that is equal to the last only moves `seen_at`.
CREATE TABLE publication (
    topic      TEXT    NOT NULL,
    root       TEXT    NOT NULL,
    period     TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL,  -- when it was given first
    page       INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,  -- when it was given last
    http       INTEGER NOT NULL,
    raw        TEXT    NOT NULL,
    PRIMARY KEY (topic, root, period, fetched_at, page)
);
