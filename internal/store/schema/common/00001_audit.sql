-- +goose Up

-- The node's own log. A place is an epoch and an index in one number (package audit).
CREATE TABLE audit_head ( -- content
    epoch BIGINT PRIMARY KEY,
    size  BIGINT NOT NULL,
    edge  BYTEA  NOT NULL
);

CREATE TABLE audit_block ( -- content
    place  BIGINT PRIMARY KEY,
    hashes BYTEA  NOT NULL
);

CREATE TABLE audit_payload ( -- content
    place BIGINT PRIMARY KEY,
    salt  BYTEA  NOT NULL,
    data  BYTEA  NOT NULL
);

CREATE TABLE audit_checkpoint ( -- content
    place BIGINT PRIMARY KEY,
    time  BIGINT NOT NULL,
    note  TEXT   NOT NULL
);

CREATE TABLE audit_cosignature ( -- content
    place  BIGINT NOT NULL,
    member TEXT   NOT NULL,
    time   BIGINT NOT NULL,
    line   TEXT   NOT NULL,
    PRIMARY KEY (place, member)
);

CREATE TABLE audit_epoch ( -- content
    epoch BIGINT PRIMARY KEY,
    note  TEXT   NOT NULL
);

-- The logs of other members, as this node saw them as a witness.
CREATE TABLE audit_observed ( -- content
    member TEXT   PRIMARY KEY,
    epoch  BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    hash   BYTEA  NOT NULL,
    note   TEXT   NOT NULL,
    time   BIGINT NOT NULL
);

CREATE TABLE audit_seen ( -- content
    member TEXT    NOT NULL,
    place  BIGINT  NOT NULL,
    note   TEXT    NOT NULL,
    time   BIGINT  NOT NULL,
    proven BOOLEAN NOT NULL,
    PRIMARY KEY (member, place)
);

CREATE INDEX audit_seen_unproven ON audit_seen (member, time, place) WHERE NOT proven;

CREATE TABLE audit_fork ( -- content
    digest TEXT   PRIMARY KEY,
    member TEXT   NOT NULL,
    time   BIGINT NOT NULL,
    body   BYTEA  NOT NULL
);

-- Present only inside a transaction that erases payloads, where the engine has no roles.
CREATE TABLE audit_erasing ( -- volatile
    one BIGINT PRIMARY KEY
);
