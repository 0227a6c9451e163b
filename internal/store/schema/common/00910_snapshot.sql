-- +goose Up

-- What was reported of a year: its numbers, the facts without identifiers and months from which they come, and who signed it.
CREATE TABLE fact_snapshot ( -- content
    digest    TEXT   PRIMARY KEY,
    about     TEXT   NOT NULL,
    year      BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    maker     TEXT   NOT NULL,
    body      BYTEA  NOT NULL,
    signature BYTEA  NOT NULL
);
CREATE INDEX fact_snapshot_at ON fact_snapshot (at, digest);
