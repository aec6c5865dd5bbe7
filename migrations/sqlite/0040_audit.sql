-- Who logged in and who ordered what. Each row's hash is over its own content and the hash before it, so a row that is changed or taken
-- out later shows. The memo 'audit' names the last one.
CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY,  -- from 1 on, without gaps
    at     INTEGER NOT NULL,
    who    TEXT    NOT NULL,              -- '': nobody who is known
    way    TEXT    NOT NULL,              -- page, command
    act    TEXT    NOT NULL,
    about  TEXT    NOT NULL,
    hash   TEXT    NOT NULL
);
