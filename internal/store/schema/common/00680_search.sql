-- +goose Up

-- The search indexes, one in force for each realm and organisation. What lies here is sealed or masked.
CREATE TABLE search_index ( -- keys
    id           TEXT   PRIMARY KEY,
    realm        TEXT   NOT NULL,
    organisation TEXT   NOT NULL,
    public       BYTEA  NOT NULL,
    fold         BIGINT NOT NULL,
    sequence     BIGINT NOT NULL,
    created      BIGINT NOT NULL
);

CREATE UNIQUE INDEX search_index_scope ON search_index (realm, organisation);

-- The private half of an index, sealed to the desks that may search it.
CREATE TABLE search_hold ( -- keys
    index_id TEXT  NOT NULL,
    desk     TEXT  NOT NULL,
    pair     TEXT  NOT NULL,
    sealed   BYTEA NOT NULL,
    PRIMARY KEY (index_id, desk)
);

-- Where the record of a case is: sealed by itself in body, or packed in a segment.
CREATE TABLE search_entry ( -- keys
    case_id  TEXT   PRIMARY KEY,
    index_id TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    segment  TEXT   NOT NULL,
    body     BYTEA  NOT NULL
);

CREATE INDEX search_entry_place ON search_entry (index_id, segment, seq);

CREATE TABLE search_segment ( -- keys
    id       TEXT   PRIMARY KEY,
    index_id TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    records  BIGINT NOT NULL,
    body     BYTEA  NOT NULL
);

CREATE INDEX search_segment_index ON search_segment (index_id, seq);

-- What takes the mask off the records of a segment, apart, because erasing a record rewrites this alone.
CREATE TABLE search_mask ( -- keys
    id    TEXT  PRIMARY KEY,
    masks BYTEA NOT NULL
);

-- Each search, one row of one size whatever was found; hits are the cases that the searcher may not open.
CREATE TABLE search_made ( -- content
    id      TEXT    PRIMARY KEY,
    desk    TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    realm   TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    waits   BOOLEAN NOT NULL,
    hits    BYTEA   NOT NULL
);

CREATE INDEX search_made_user ON search_made (user_id, at);
CREATE INDEX search_made_old ON search_made (at);
CREATE INDEX search_made_waits ON search_made (id) WHERE waits;

-- A hit that the searcher does not know of: the desk that holds the case decides whether to make contact.
CREATE TABLE search_hit ( -- content
    id        TEXT    PRIMARY KEY,
    reference TEXT    NOT NULL,
    case_id   TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    asker     TEXT    NOT NULL,
    realm     TEXT    NOT NULL,
    found_by  TEXT    NOT NULL,
    at        BIGINT  NOT NULL,
    state     TEXT    NOT NULL,
    said      BOOLEAN NOT NULL,
    first     TEXT    NOT NULL,
    second    TEXT    NOT NULL,
    ended     BIGINT  NOT NULL,
    version   BIGINT  NOT NULL
);

CREATE INDEX search_hit_case ON search_hit (case_id, asker);
CREATE INDEX search_hit_desk ON search_hit (desk, id);
CREATE INDEX search_hit_asker ON search_hit (asker, id);
