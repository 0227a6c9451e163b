-- +goose Up

-- That a case has a page of her own. Name, key and capsule are empty once it is off; archives keep them no longer than keys.
CREATE TABLE own_view ( -- keys
    id      TEXT   PRIMARY KEY,
    case_id TEXT   NOT NULL,
    home    TEXT   NOT NULL,
    lookup  TEXT   NOT NULL,
    public  BYTEA  NOT NULL,
    capsule BYTEA  NOT NULL,
    made    BIGINT NOT NULL,
    maker   TEXT   NOT NULL,
    ended   BIGINT NOT NULL,
    cause   TEXT   NOT NULL,
    stale   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK ((ended = 0) = (lookup <> ''))
);

CREATE UNIQUE INDEX own_view_case ON own_view (case_id) WHERE ended = 0;
CREATE UNIQUE INDEX own_view_lookup ON own_view (lookup) WHERE lookup <> '';
CREATE INDEX own_view_home ON own_view (home, made, id);
CREATE INDEX own_view_stale ON own_view (id) WHERE stale > 0;

-- Consents that were taken back on such a page, and what she said when she was asked.
CREATE TABLE own_withdrawal ( -- content
    consent   TEXT   PRIMARY KEY,
    case_id   TEXT   NOT NULL,
    view_id   TEXT   NOT NULL,
    made      BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    confirmer TEXT   NOT NULL,
    outcome   TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK ((confirmed = 0) = (outcome = ''))
);

CREATE INDEX own_withdrawal_case ON own_withdrawal (case_id, made, consent);
