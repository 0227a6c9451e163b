-- +goose Up

-- What this member asks others, and what it asks of holders for its own records. What is asked about lies sealed in the case, or under the desk's key.
CREATE TABLE lookup_question ( -- content
    id      TEXT   PRIMARY KEY,
    case_id TEXT   NOT NULL, -- empty: of several
    desk    TEXT   NOT NULL,
    class   TEXT   NOT NULL,
    stage   TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    value   BYTEA  NOT NULL,
    version BIGINT NOT NULL,
    CHECK (version >= 1)
);
CREATE INDEX lookup_question_case ON lookup_question (case_id, made, id);
CREATE INDEX lookup_question_desk ON lookup_question (desk, class, stage, made, id);
CREATE INDEX lookup_question_stage ON lookup_question (stage, made, id);

-- What others have asked and nobody has looked at yet. Deleted once it is answered.
CREATE TABLE lookup_heard ( -- volatile
    id     TEXT   NOT NULL,
    member TEXT   NOT NULL,
    step   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    value  BYTEA  NOT NULL,
    PRIMARY KEY (id, member, step)
);
CREATE INDEX lookup_heard_at ON lookup_heard (at, id, member, step);

-- What was asked here, by whom and how much: never about whom. Quotas count it.
CREATE TABLE lookup_log ( -- content
    id      TEXT    NOT NULL,
    member  TEXT    NOT NULL,
    officer TEXT    NOT NULL,
    class   TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    many    BIGINT  NOT NULL,
    digest  BYTEA   NOT NULL, -- of the query; empty: tags
    refused TEXT    NOT NULL, -- whose quota it was over; empty: answered
    PRIMARY KEY (id, member, class, at)
);
CREATE INDEX lookup_log_class ON lookup_log (class, at);
CREATE INDEX lookup_log_at ON lookup_log (at, id, member, class);

-- By what this member finds its own cases again when another asks.
CREATE TABLE lookup_tag ( -- keys
    case_id  TEXT   NOT NULL,
    epoch    BIGINT NOT NULL,
    tag      BYTEA  NOT NULL,
    template TEXT   NOT NULL,
    realm    TEXT   NOT NULL,
    PRIMARY KEY (case_id, epoch, tag)
);
CREATE INDEX lookup_tag_tag ON lookup_tag (tag, epoch);

-- Which cases have tags, on what ground, and of which version of the record.
CREATE TABLE lookup_enrolled ( -- keys
    case_id TEXT   PRIMARY KEY,
    desk    TEXT   NOT NULL,
    consent TEXT   NOT NULL,
    epoch   BIGINT NOT NULL,
    record  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    waits   TEXT   NOT NULL -- the question by which the holders are being asked; empty: its tags are there
);
CREATE INDEX lookup_enrolled_desk ON lookup_enrolled (desk, case_id);

-- That another member asked about somebody who is known here, for the desk that holds the case.
CREATE TABLE lookup_hit ( -- content
    id      TEXT   PRIMARY KEY,
    case_id TEXT   NOT NULL,
    desk    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    due     BIGINT NOT NULL,
    value   BYTEA  NOT NULL,
    version BIGINT NOT NULL,
    CHECK (version >= 1)
);
CREATE INDEX lookup_hit_case ON lookup_hit (case_id, id);
CREATE INDEX lookup_hit_desk ON lookup_hit (desk, id);
CREATE INDEX lookup_hit_due ON lookup_hit (state, due, id);
