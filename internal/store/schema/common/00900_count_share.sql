-- +goose Up

-- What desks of this member make of their cases for a count: sealed to the desk that puts it together, and over that under the key of the node. It is
-- destroyed when it was put together.
CREATE TABLE count_share ( -- volatile
    run        TEXT    NOT NULL,
    desk       TEXT    NOT NULL,
    number     BIGINT  NOT NULL,
    merged     BOOLEAN NOT NULL,
    after_case TEXT    NOT NULL,
    files      BIGINT  NOT NULL,
    done       BOOLEAN NOT NULL,
    home       TEXT    NOT NULL,
    pair       TEXT    NOT NULL,
    box        BYTEA   NOT NULL,
    body       BYTEA   NOT NULL,
    PRIMARY KEY (run, desk, number)
);
