-- Who logged in and who ordered what. Each row's hash is over its own content and the hash before it, so a row that is changed or taken
-- out later shows. The memo 'audit' names the last one.
CREATE TABLE audit (
    number BIGINT NOT NULL PRIMARY KEY,     -- from 1 on, without gaps
    at     BIGINT NOT NULL,
    who    TEXT COLLATE "C" NOT NULL,       -- '': nobody who is known
    way    TEXT COLLATE "C" NOT NULL,       -- page, command
    act    TEXT COLLATE "C" NOT NULL,
    about  TEXT COLLATE "C" NOT NULL,
    hash   TEXT COLLATE "C" NOT NULL
);
