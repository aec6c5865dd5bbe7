-- What the portal publishes: each question about a period, and what became of it when it was asked last.
CREATE TABLE publication_question (
    topic       TEXT COLLATE "C" NOT NULL,  -- the group that is asked about
    root        TEXT COLLATE "C" NOT NULL,  -- the department below which it is asked; '' for the whole country
    period      TEXT COLLATE "C" NOT NULL,  -- 2026-08, 2026-Q3 or 2026
    asked_at    BIGINT NOT NULL,
    answered_at BIGINT,           -- when an answer had figures last; NULL: never
    outcome     TEXT   NOT NULL,
    failures    BIGINT NOT NULL,  -- in a row, up to the last time
    detail      TEXT   NOT NULL,  -- why it failed
    PRIMARY KEY (topic, root, period)
);

-- The answers as they came, page by page. One that is equal to the last only moves `seen_at`.
CREATE TABLE publication (
    topic      TEXT COLLATE "C" NOT NULL,
    root       TEXT COLLATE "C" NOT NULL,
    period     TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL,  -- when it was given first
    page       BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,  -- when it was given last
    http       BIGINT NOT NULL,
    raw        TEXT   NOT NULL,
    PRIMARY KEY (topic, root, period, fetched_at, page)
);
