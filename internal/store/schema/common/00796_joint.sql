-- +goose Up

-- The desk of another member that was asked to sign the risk assessment of a return, and the thread in which it was.
ALTER TABLE case_return ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE case_return ADD COLUMN thread TEXT NOT NULL DEFAULT '';

-- One end of such a question.
CREATE TABLE joint ( -- content
    id          TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    side        TEXT   NOT NULL,
    peer_member TEXT   NOT NULL,
    peer_desk   TEXT   NOT NULL,
    return_id   TEXT   NOT NULL,
    referral_id TEXT   NOT NULL,
    reference   TEXT   NOT NULL,
    consent_id  TEXT   NOT NULL,
    basis       TEXT   NOT NULL,
    until       BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    envelope    TEXT   NOT NULL,
    answer      TEXT   NOT NULL,
    intake      TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    opened      BIGINT NOT NULL,
    body        BYTEA  NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (id, desk)
);

CREATE INDEX joint_desk ON joint (desk, id);
CREATE INDEX joint_consent ON joint (consent_id);
CREATE INDEX joint_until ON joint (until) WHERE state <> 'over';
CREATE INDEX joint_intake ON joint (intake) WHERE intake <> '';

-- The key under which a desk that was asked keeps the assessment, wrapped by the wrap key of the desk.
CREATE TABLE joint_box ( -- keys
    joint_id   TEXT   NOT NULL,
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (joint_id, desk)
);
