-- +goose Up

-- The signed records of all members. Nothing in them is secret.
CREATE TABLE publication ( -- content
    id         TEXT    NOT NULL,
    version    BIGINT  NOT NULL,
    member     TEXT    NOT NULL,
    seq        BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    withdrawn  BOOLEAN NOT NULL,
    hash       TEXT    NOT NULL,
    bytes      BYTEA   NOT NULL,
    from_peer  TEXT    NOT NULL,
    received   BIGINT  NOT NULL,
    current    BOOLEAN NOT NULL,
    disputed   BOOLEAN NOT NULL,
    PRIMARY KEY (id, version),
    UNIQUE (member, seq)
);

CREATE INDEX publication_current ON publication (id) WHERE current;

-- How far this node has the records of a member without a gap.
CREATE TABLE publication_mark ( -- content
    member TEXT   PRIMARY KEY,
    seq    BIGINT NOT NULL
);

-- Records that exclude each other, both signed by the same node.
CREATE TABLE publication_fork ( -- content
    digest TEXT   PRIMARY KEY,
    member TEXT   NOT NULL,
    first  BYTEA  NOT NULL,
    second BYTEA  NOT NULL,
    found  BIGINT NOT NULL
);

CREATE TABLE publication_greeted ( -- volatile
    member TEXT   PRIMARY KEY,
    at     BIGINT NOT NULL
);
