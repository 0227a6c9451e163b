-- +goose Up

-- The key with which a desk of the prosecution signs the documents that go by the official channel. Its private half is sealed.
CREATE TABLE cooperation_office ( -- content
    desk        TEXT    PRIMARY KEY,
    name        TEXT    NOT NULL,
    certificate BYTEA   NOT NULL,
    made        BOOLEAN NOT NULL,
    body        BYTEA   NOT NULL,
    user_id     TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    version     BIGINT  NOT NULL
);

CREATE TABLE cooperation_office_box ( -- keys
    desk       TEXT   PRIMARY KEY,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL
);
