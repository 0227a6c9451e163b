-- +goose Up

-- Openings of questions that were demanded: by this member of another, by another of this one, or here at home.
CREATE TABLE lookup_demand ( -- content
    id       TEXT   NOT NULL, -- the question
    member   TEXT   NOT NULL, -- of whom it is demanded, or who demands it
    side     TEXT   NOT NULL, -- ours, theirs or home
    digest   BYTEA  NOT NULL, -- of the query
    at       BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    found    TEXT   NOT NULL, -- empty: nobody has opened it
    ended    BIGINT NOT NULL,
    reported BIGINT NOT NULL, -- as not opened in time
    PRIMARY KEY (id, member, side, digest)
);
CREATE INDEX lookup_demand_side ON lookup_demand (side, at, id);
CREATE INDEX lookup_demand_open ON lookup_demand (found, reported, due);

-- What queries were made from, sealed to the desk of data protection.
CREATE TABLE lookup_opening ( -- content
    id     TEXT   NOT NULL, -- the question
    digest BYTEA  NOT NULL, -- of the query
    at     BIGINT NOT NULL,
    desk   TEXT   NOT NULL, -- that can open it
    pair   TEXT   NOT NULL, -- of that desk, to which the key is sealed
    box    BYTEA  NOT NULL, -- the key
    sealed BYTEA  NOT NULL,
    PRIMARY KEY (id, digest)
);
CREATE INDEX lookup_opening_at ON lookup_opening (at, id);
