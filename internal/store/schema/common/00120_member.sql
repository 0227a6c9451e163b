-- +goose Up

-- Rosters and desk sheets are kept for ever: an old signature is judged by the roster that was in force.
CREATE TABLE member_roster ( -- content
    version  BIGINT  PRIMARY KEY,
    hash     TEXT    NOT NULL,
    received BIGINT  NOT NULL,
    disputed BOOLEAN NOT NULL,
    body     BYTEA   NOT NULL
);

CREATE TABLE member_sheet ( -- content
    member   TEXT    NOT NULL,
    version  BIGINT  NOT NULL,
    received BIGINT  NOT NULL,
    disputed BOOLEAN NOT NULL,
    body     BYTEA   NOT NULL,
    PRIMARY KEY (member, version)
);

CREATE TABLE member_block ( -- content
    member TEXT   PRIMARY KEY,
    reason TEXT   NOT NULL,
    author TEXT   NOT NULL,
    since  BIGINT NOT NULL
);
