-- +goose Up

-- One end of a request that prosecutors of two members make. The request itself is sealed.
CREATE TABLE cooperation ( -- content
    id          TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    side        TEXT   NOT NULL,
    peer_member TEXT   NOT NULL,
    peer_desk   TEXT   NOT NULL,
    reference   TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    instrument  TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    urgent      BOOLEAN NOT NULL,
    due         TEXT   NOT NULL,
    body        BYTEA  NOT NULL,
    revision    BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (id, desk)
);

CREATE INDEX cooperation_desk ON cooperation (desk, id);

-- The key under which a desk keeps it, wrapped by the wrap key of the desk.
CREATE TABLE cooperation_box ( -- keys
    cooperation_id TEXT   NOT NULL,
    desk           TEXT   NOT NULL,
    generation     BIGINT NOT NULL,
    sealed         BYTEA  NOT NULL,
    PRIMARY KEY (cooperation_id, desk)
);

-- What has happened: each step of both sides. Its words are sealed.
CREATE TABLE cooperation_event ( -- content
    cooperation_id TEXT   NOT NULL,
    desk           TEXT   NOT NULL,
    n              BIGINT NOT NULL,
    step           TEXT   NOT NULL,
    code           TEXT   NOT NULL,
    day            TEXT   NOT NULL,
    envelope       TEXT   NOT NULL,
    intake         TEXT   NOT NULL,
    body           BYTEA  NOT NULL,
    failed         TEXT   NOT NULL,
    user_id        TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    told           BIGINT NOT NULL,
    PRIMARY KEY (cooperation_id, desk, n)
);

CREATE INDEX cooperation_event_intake ON cooperation_event (intake) WHERE intake <> '';

-- Out of which releases something stands in a request: so that it is called back when one is taken back.
CREATE TABLE cooperation_release ( -- content
    cooperation_id TEXT NOT NULL,
    desk           TEXT NOT NULL,
    release_id     TEXT NOT NULL,
    PRIMARY KEY (cooperation_id, desk, release_id)
);

CREATE INDEX cooperation_release_of ON cooperation_release (release_id);
