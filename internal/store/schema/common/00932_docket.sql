-- +goose Up

-- A joint case board of prosecutors at one desk.
CREATE TABLE docket ( -- content
    id          TEXT    NOT NULL,
    desk        TEXT    NOT NULL,
    root_member TEXT    NOT NULL,
    root_desk   TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    erased      BOOLEAN NOT NULL,
    user_id     TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    PRIMARY KEY (id, desk)
);

CREATE INDEX docket_desk ON docket (desk, id);

-- The key under which a desk keeps it, wrapped by the wrap key of the desk.
CREATE TABLE docket_box ( -- keys
    docket_id  TEXT   NOT NULL,
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (docket_id, desk)
);

-- The other desks of it, each with the thread in which this one tells it.
CREATE TABLE docket_peer ( -- content
    docket_id   TEXT    NOT NULL,
    desk        TEXT    NOT NULL,
    peer_member TEXT    NOT NULL,
    peer_desk   TEXT    NOT NULL,
    thread      TEXT    NOT NULL,
    gone        BOOLEAN NOT NULL,
    PRIMARY KEY (docket_id, desk, peer_member, peer_desk)
);

-- Its entries, sealed.
CREATE TABLE docket_entry ( -- content
    docket_id     TEXT    NOT NULL,
    desk          TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    author_member TEXT    NOT NULL,
    author_desk   TEXT    NOT NULL,
    level         BIGINT  NOT NULL,
    item          TEXT    NOT NULL,
    sort          TEXT    NOT NULL,
    day           TEXT    NOT NULL,
    envelope      TEXT    NOT NULL,
    intake        TEXT    NOT NULL,
    body          BYTEA   NOT NULL,
    spoiled       BOOLEAN NOT NULL,
    at            BIGINT  NOT NULL,
    PRIMARY KEY (docket_id, desk, digest, author_member, author_desk)
);

CREATE INDEX docket_entry_intake ON docket_entry (intake) WHERE intake <> '';

-- How far each entry of this desk has come on its way to each other.
CREATE TABLE docket_out ( -- content
    docket_id   TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    peer_member TEXT   NOT NULL,
    peer_desk   TEXT   NOT NULL,
    envelope    TEXT   NOT NULL,
    failed      TEXT   NOT NULL,
    told        BIGINT NOT NULL,
    PRIMARY KEY (docket_id, desk, digest, peer_member, peer_desk)
);

CREATE INDEX docket_out_envelope ON docket_out (envelope);
