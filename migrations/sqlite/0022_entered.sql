-- Figures that other systems have and people enter. Nothing is written over: of each figure of a unit and period the newest row holds.
CREATE TABLE entered_figure (
    number      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    period      TEXT    NOT NULL,  -- 2026-08, 2026-Q3 or 2026
    unit        TEXT    NOT NULL,  -- '': all units together
    figure      TEXT    NOT NULL,
    numerator   INTEGER NOT NULL,
    denominator INTEGER,           -- NULL: a count of its own
    entered_at  INTEGER NOT NULL,
    entered_by  TEXT    NOT NULL
);
CREATE INDEX entered_figure_place ON entered_figure (period, unit, figure, number);
