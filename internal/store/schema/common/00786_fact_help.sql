-- +goose Up

-- Nameless facts about help: one for each person who was given a service. No time of making, no desk, no reference, no day; kept by
-- random identifier. What ties one to a case is sealed in the case.
CREATE TABLE fact_help ( -- content
    id       TEXT PRIMARY KEY,
    year     TEXT NOT NULL,
    services TEXT NOT NULL,
    wait     TEXT NOT NULL
);
