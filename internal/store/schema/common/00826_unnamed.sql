-- +goose Up

-- What was told of persons who do not agree to be named: codes of closed lists and a month. No time of making, no desk, no case, no reference;
-- kept by random identifier.
CREATE TABLE fact_unnamed ( -- content
    id     TEXT   PRIMARY KEY,
    month  BIGINT NOT NULL,
    sex    TEXT   NOT NULL,
    forms  TEXT   NOT NULL,
    why    TEXT   NOT NULL,
    helped TEXT   NOT NULL
);
