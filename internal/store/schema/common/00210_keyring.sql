-- +goose Up

-- Wrap keys of desks by generation; each seals the one before.
CREATE TABLE desk_generation ( -- keys
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    previous   BYTEA  NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (desk, generation)
);

-- A wrap key sealed to one holder: a user, or the recovery key (no user).
CREATE TABLE desk_wrap ( -- keys
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    holder     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (desk, generation, holder)
);

CREATE INDEX desk_wrap_user ON desk_wrap (desk, user_id);

CREATE TABLE desk_pair ( -- keys
    desk       TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    use        TEXT   NOT NULL,
    public     BYTEA  NOT NULL,
    private    BYTEA  NOT NULL,
    generation BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    last_used  BIGINT NOT NULL,
    retired    BIGINT NOT NULL,
    PRIMARY KEY (desk, key)
);

CREATE INDEX desk_pair_key ON desk_pair (key);

-- The key of a case, or of one compartment of it, in the hands of a desk.
CREATE TABLE case_hold ( -- keys
    case_id     TEXT   NOT NULL,
    compartment TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    generation  BIGINT NOT NULL,
    pair        TEXT   NOT NULL,
    sealed      BYTEA  NOT NULL,
    created     BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    PRIMARY KEY (case_id, compartment, desk, reason)
);

CREATE INDEX case_hold_desk ON case_hold (desk, generation);

CREATE TABLE compartment ( -- keys
    id      TEXT   PRIMARY KEY,
    case_id TEXT   NOT NULL,
    consent TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    sealed  BYTEA  NOT NULL,
    created BIGINT NOT NULL
);

CREATE INDEX compartment_case ON compartment (case_id, created, id);
CREATE INDEX compartment_consent ON compartment (consent);

-- What was destroyed, by opaque identifier, so that a restored backup repeats it.
CREATE TABLE erasure ( -- keys
    id   TEXT   NOT NULL,
    what TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    PRIMARY KEY (id, what)
);

CREATE TABLE recovery ( -- keys
    one        BIGINT PRIMARY KEY,
    generation BIGINT NOT NULL,
    public     BYTEA  NOT NULL,
    threshold  BIGINT NOT NULL,
    canary     BYTEA  NOT NULL,
    drilled    BIGINT NOT NULL,
    created    BIGINT NOT NULL
);

CREATE TABLE recovery_officer ( -- keys
    user_id    TEXT   PRIMARY KEY,
    position   BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL,
    generation BIGINT NOT NULL
);

CREATE TABLE recovery_offer ( -- volatile
    sender   TEXT   NOT NULL,
    receiver TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (sender, receiver)
);

CREATE TABLE node_key ( -- keys
    key     TEXT   PRIMARY KEY,
    use     TEXT   NOT NULL,
    public  BYTEA  NOT NULL,
    private BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    retired BIGINT NOT NULL
);
