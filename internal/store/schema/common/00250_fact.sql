-- +goose Up

-- Nameless facts. No time of making, no desk, no reference; kept by random identifier.
CREATE TABLE fact ( -- content
    id          TEXT   PRIMARY KEY,
    month       BIGINT NOT NULL,
    sex         TEXT   NOT NULL,
    age         TEXT   NOT NULL,
    forms       TEXT   NOT NULL,
    citizenship TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    registrar   TEXT   NOT NULL
);
