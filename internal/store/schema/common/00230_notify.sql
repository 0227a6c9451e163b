-- +goose Up

CREATE TABLE notice ( -- content
    id        TEXT    PRIMARY KEY,
    desk      TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    object    TEXT    NOT NULL,
    since     BIGINT  NOT NULL,
    urgent    BOOLEAN NOT NULL,
    state     TEXT    NOT NULL,
    attempts  BIGINT  NOT NULL,
    next      BIGINT  NOT NULL,
    version   BIGINT  NOT NULL
);

CREATE INDEX notice_due ON notice (next, id) WHERE state = 'queued';
CREATE INDEX notice_object ON notice (object);

CREATE TABLE notice_setting ( -- content
    user_id    TEXT   PRIMARY KEY,
    channel    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    quiet_from BIGINT NOT NULL,
    quiet_to   BIGINT NOT NULL,
    zone       TEXT   NOT NULL,
    language   TEXT   NOT NULL
);
