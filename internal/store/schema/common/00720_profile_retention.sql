-- +goose Up

-- How long this member keeps records of one kind, as its administrator states it with source and citation.
CREATE TABLE profile_retention ( -- content
    class    TEXT   PRIMARY KEY,
    event    TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    unit     TEXT   NOT NULL,
    text     TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    citation TEXT   NOT NULL
);
