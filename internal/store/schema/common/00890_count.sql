-- +goose Up

-- Counts of persons over several members (spec/veil-count.md). What was said is public among its members and holds nothing about anybody.
CREATE TABLE count_run ( -- content
    id      TEXT    PRIMARY KEY,
    going   BOOLEAN NOT NULL,
    heard   BIGINT  NOT NULL,
    value   BYTEA   NOT NULL,
    version BIGINT  NOT NULL
);
CREATE INDEX count_run_heard ON count_run (heard, id);
CREATE INDEX count_run_going ON count_run (going, heard, id);

CREATE TABLE count_said ( -- content
    run       TEXT  NOT NULL,
    digest    TEXT  NOT NULL,
    member    TEXT  NOT NULL,
    step      TEXT  NOT NULL,
    body      BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (run, digest)
);

-- What mixers and tally are sent: points that nobody alone can read.
CREATE TABLE count_part ( -- volatile
    run    TEXT   NOT NULL,
    digest TEXT   NOT NULL,
    number BIGINT NOT NULL,
    member TEXT   NOT NULL,
    step   TEXT   NOT NULL,
    size   BIGINT NOT NULL,
    body   BYTEA  NOT NULL,
    PRIMARY KEY (run, digest, number)
);

-- What this member keeps for itself: the secret of the node under its vault, that of the records under a key of the desk that prepared them.
CREATE TABLE count_own ( -- volatile
    run         TEXT   PRIMARY KEY,
    work        BYTEA  NOT NULL,
    held        BYTEA  NOT NULL,
    records     BIGINT NOT NULL,
    recalled    BIGINT NOT NULL,
    recalled_of BIGINT NOT NULL,
    desk        TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    box         BYTEA  NOT NULL,
    secret      BYTEA  NOT NULL
);

-- What runs of a year may have told, in thousandths.
CREATE TABLE count_spent ( -- content
    run     TEXT   PRIMARY KEY,
    year    BIGINT NOT NULL,
    epsilon BIGINT NOT NULL
);
CREATE INDEX count_spent_year ON count_spent (year);
