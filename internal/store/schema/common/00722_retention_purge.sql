-- +goose Up

-- Sets of records that one person proposed to erase and another confirmed. What lies in them is identifiers, codes and times.
CREATE TABLE retention_purge ( -- content
    id      TEXT   PRIMARY KEY,
    realm   TEXT   NOT NULL,
    desk    TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    digest  TEXT   NOT NULL,
    maker   TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    second  TEXT   NOT NULL,
    ended   BIGINT NOT NULL,
    items   BYTEA  NOT NULL,
    dropped BYTEA  NOT NULL,
    version BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK (state <> 'done' OR second <> maker)
);

CREATE INDEX retention_purge_realm ON retention_purge (realm, desk, id);

-- What may be due, the oldest first.
CREATE INDEX case_file_closed ON case_file (realm, closed, id) WHERE state = 'closed';
CREATE INDEX thread_free ON thread (realm, last, id) WHERE NOT erased AND referral_id = '';
