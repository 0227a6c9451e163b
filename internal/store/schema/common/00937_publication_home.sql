-- +goose Up

-- What this office has written and keeps to itself. It is nobody's word yet: no other member has it, and it has no place among the records of this one.
CREATE TABLE publication_home ( -- content
    id      TEXT   PRIMARY KEY,
    kind    TEXT   NOT NULL,
    body    BYTEA  NOT NULL,
    user_id TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    version BIGINT NOT NULL
);
