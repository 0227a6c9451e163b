-- +goose Up

CREATE TABLE account ( -- keys
    id       TEXT    PRIMARY KEY,
    login    TEXT    NOT NULL UNIQUE,
    name     TEXT    NOT NULL,
    office   TEXT    NOT NULL,
    language TEXT    NOT NULL,
    zone     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    demo     BOOLEAN NOT NULL,
    kem      BYTEA   NOT NULL,
    sign     BYTEA   NOT NULL,
    keys     BYTEA   NOT NULL,
    locks    BYTEA   NOT NULL,
    created  BIGINT  NOT NULL,
    version  BIGINT  NOT NULL
);

CREATE TABLE invitation ( -- volatile
    hash    BYTEA  PRIMARY KEY,
    user_id TEXT   NOT NULL,
    ends    BIGINT NOT NULL
);

CREATE INDEX invitation_user ON invitation (user_id);

CREATE TABLE session ( -- volatile
    id      TEXT   PRIMARY KEY,
    user_id TEXT   NOT NULL,
    hash    BYTEA  NOT NULL UNIQUE,
    sealed  BYTEA  NOT NULL,
    role    TEXT   NOT NULL,
    desk    TEXT   NOT NULL,
    address TEXT   NOT NULL,
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    ends    BIGINT NOT NULL
);

CREATE INDEX session_user_id ON session (user_id, created);

CREATE TABLE attempt ( -- volatile
    key   TEXT   PRIMARY KEY,
    count BIGINT NOT NULL,
    until BIGINT NOT NULL
);
