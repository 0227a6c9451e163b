-- +goose Up

-- Regional releases (spec/regional-release.md): plans, protected tables and what was published. None of it has a true small count.
CREATE TABLE region_release ( -- content
    id      TEXT   PRIMARY KEY,
    heard   BIGINT NOT NULL,
    value   BYTEA  NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX region_release_heard ON region_release (heard, id);

-- What this member has given, with marks of the true counts under a key of its own.
CREATE TABLE region_ledger ( -- content
    id      BIGINT PRIMARY KEY,
    value   BYTEA  NOT NULL,
    version BIGINT NOT NULL
);
