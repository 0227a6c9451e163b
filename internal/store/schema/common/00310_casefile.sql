-- +goose Up

-- What the node knows of a case: identifiers, codes and times.
CREATE TABLE case_file ( -- content
    id        TEXT    PRIMARY KEY,
    reference TEXT    NOT NULL UNIQUE,
    person    TEXT    NOT NULL UNIQUE,
    desk      TEXT    NOT NULL,
    realm     TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    age_class TEXT    NOT NULL,
    asylum    BOOLEAN NOT NULL,
    origins   TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    grade     TEXT    NOT NULL,
    assessed  BIGINT  NOT NULL,
    review    BIGINT  NOT NULL,
    owner     TEXT    NOT NULL,
    opened    BIGINT  NOT NULL,
    closed    BIGINT  NOT NULL,
    closure   TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    version   BIGINT  NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX case_file_desk ON case_file (desk, id);

-- What passed the wall between assistance and prosecution.
CREATE TABLE case_release ( -- content
    id          TEXT   PRIMARY KEY,
    case_id     TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    basis       TEXT   NOT NULL,
    consent     TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    handling    TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    record      TEXT   NOT NULL,
    compartment TEXT   NOT NULL,
    maker       TEXT   NOT NULL,
    approver    TEXT   NOT NULL,
    made        BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK (approver <> maker)
);

CREATE INDEX case_release_case ON case_release (case_id, made, id);
CREATE INDEX case_release_desk ON case_release (desk, state, made, id);

-- Break-glass openings.
CREATE TABLE case_glass ( -- content
    id      TEXT   PRIMARY KEY,
    case_id TEXT   NOT NULL,
    user_id TEXT   NOT NULL,
    desk    TEXT   NOT NULL,
    second  TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    until   BIGINT NOT NULL
);

CREATE INDEX case_glass_case ON case_glass (case_id, until, id);
