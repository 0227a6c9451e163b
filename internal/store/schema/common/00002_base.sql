-- +goose Up

-- Writers take turns by locking this table where the engine itself lets several write.
CREATE TABLE write_turn ( -- volatile
    one BIGINT PRIMARY KEY
);

-- Who does a piece of background work just now.
CREATE TABLE lease ( -- volatile
    name   TEXT   PRIMARY KEY,
    holder TEXT   NOT NULL,
    until  BIGINT NOT NULL
);

-- Answers already given, so that a repeated request has one effect.
CREATE TABLE idempotency ( -- volatile
    key      TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    response BYTEA  NOT NULL,
    expires  BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE INDEX idempotency_expires ON idempotency (expires);

CREATE TABLE setting ( -- keys
    name  TEXT  PRIMARY KEY,
    value BYTEA NOT NULL
);

-- The sealed personal rows of a case: person record, notes, assessments, decisions, parts of attachments.
CREATE TABLE sealed_row ( -- content
    id             TEXT   PRIMARY KEY,
    case_id        TEXT   NOT NULL,
    compartment_id TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    updated        BIGINT NOT NULL,
    author         TEXT   NOT NULL,
    digest         BYTEA  NOT NULL,
    body           BYTEA  NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX sealed_row_case ON sealed_row (case_id, kind, created, id);
CREATE INDEX sealed_row_compartment ON sealed_row (compartment_id);

-- Which log entry stands for the present rows of a case.
CREATE TABLE case_manifest ( -- content
    case_id  TEXT   PRIMARY KEY,
    place    BIGINT NOT NULL,
    manifest TEXT   NOT NULL
);
