-- +goose Up

-- What somebody must do by a time. Codes and opaque identifiers only.
CREATE TABLE task ( -- content
    id          TEXT    PRIMARY KEY,
    desk        TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    urgent      BOOLEAN NOT NULL,
    remind      BIGINT  NOT NULL,
    due         BIGINT  NOT NULL,
    chain       BYTEA   NOT NULL,
    step        BIGINT  NOT NULL,
    reminded    BIGINT  NOT NULL,
    deputy      TEXT    NOT NULL,
    coordinator TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    made        BIGINT  NOT NULL,
    ended       BIGINT  NOT NULL,
    next        BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    CHECK (step >= 0 AND step <= 3),
    CHECK (state = 'open' OR state = 'done' OR state = 'dropped')
);

CREATE INDEX task_due ON task (next, id) WHERE next > 0;
CREATE INDEX task_object ON task (object, state, id);
CREATE INDEX task_desk ON task (desk, state, id);
CREATE INDEX task_user ON task (user_id, state, id);
