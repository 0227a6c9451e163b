-- +goose Up

-- What somebody has prepared for work without a network. No key to what lies there is kept here.
CREATE TABLE device ( -- content
    id        TEXT   PRIMARY KEY,
    user_id   TEXT   NOT NULL,
    desk      TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    made      BIGINT NOT NULL,
    ends      BIGINT NOT NULL,
    heard     BIGINT NOT NULL,
    ordered   BIGINT NOT NULL,
    orderer   TEXT   NOT NULL,
    gone      BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    CHECK (version >= 1)
);

-- What became of a draft that was sent from there, so that one that is sent twice is one.
CREATE TABLE device_draft ( -- content
    id        TEXT   PRIMARY KEY,
    device_id TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    sent      BIGINT NOT NULL,
    digest    BYTEA  NOT NULL,
    outcome   TEXT   NOT NULL,
    case_id   TEXT   NOT NULL,
    record    TEXT   NOT NULL,
    saved     BIGINT NOT NULL,
    beside    TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX device_ends ON device (ends);
CREATE INDEX device_draft_device ON device_draft (device_id);
