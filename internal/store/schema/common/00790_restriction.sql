-- +goose Up

-- Cases that are kept and not used, because she asked for it: codes and days.
CREATE TABLE processing_restriction ( -- content
    id        TEXT   PRIMARY KEY,
    case_id   TEXT   NOT NULL,
    reference TEXT   NOT NULL,
    desk      TEXT   NOT NULL,
    realm     TEXT   NOT NULL,
    ground    TEXT   NOT NULL,
    placed    BIGINT NOT NULL,
    placer    TEXT   NOT NULL,
    told      BIGINT NOT NULL,
    teller    TEXT   NOT NULL,
    how       TEXT   NOT NULL,
    lifted    BIGINT NOT NULL,
    lifter    TEXT   NOT NULL,
    because   TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK (lifted = 0 OR told <> 0 OR lifter = '')
);

CREATE UNIQUE INDEX processing_restriction_case ON processing_restriction (case_id) WHERE lifted = 0;
CREATE INDEX processing_restriction_realm ON processing_restriction (realm, id) WHERE lifted = 0;

-- Who has said why she opens a restricted case, and until when that holds.
CREATE TABLE restriction_reason ( -- volatile
    restriction TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    until       BIGINT NOT NULL,
    PRIMARY KEY (restriction, user_id)
);
