-- Figures that other systems have and people enter. Nothing is written over: of each figure of a unit and period the newest row holds.
CREATE TABLE entered_figure (
    number      BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    period      TEXT COLLATE "C" NOT NULL,  -- 2026-08, 2026-Q3 or 2026
    unit        TEXT COLLATE "C" NOT NULL,  -- '': all units together
    figure      TEXT COLLATE "C" NOT NULL,
    numerator   BIGINT NOT NULL,
    denominator BIGINT,                     -- NULL: a count of its own
    entered_at  BIGINT NOT NULL,
    entered_by  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX entered_figure_place ON entered_figure (period, unit, figure, number);
