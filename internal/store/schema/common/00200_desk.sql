-- +goose Up

-- The addressable functions of this member.
CREATE TABLE desk ( -- content
    id           TEXT    PRIMARY KEY,
    organisation TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    realm        TEXT    NOT NULL,
    purpose      TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    function     TEXT    NOT NULL,
    competence   TEXT    NOT NULL,
    languages    TEXT    NOT NULL,
    zone         TEXT    NOT NULL,
    deputy       TEXT    NOT NULL,
    coordinator  TEXT    NOT NULL,
    out_of_hours TEXT    NOT NULL,
    public       BOOLEAN NOT NULL,
    verified_on  BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);

CREATE UNIQUE INDEX desk_emergency ON desk (organisation) WHERE purpose = 'emergency' AND state = 'active';

CREATE TABLE desk_member ( -- content
    desk        TEXT   NOT NULL REFERENCES desk (id) DEFERRABLE INITIALLY DEFERRED,
    user_id     TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    proposed_by TEXT   NOT NULL,
    granted_by  TEXT   NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (desk, user_id)
);

CREATE INDEX desk_member_user ON desk_member (user_id);

CREATE TABLE desk_shift ( -- content
    desk    TEXT   NOT NULL REFERENCES desk (id) DEFERRABLE INITIALLY DEFERRED,
    user_id TEXT   NOT NULL,
    begins  BIGINT NOT NULL,
    ends    BIGINT NOT NULL,
    PRIMARY KEY (desk, begins, user_id)
);
