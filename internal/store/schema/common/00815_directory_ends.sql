-- +goose Up

-- What has ended of an organisation and why, where each part of it came from, and what two people have still to decide about it.
ALTER TABLE directory ADD COLUMN state BYTEA NOT NULL DEFAULT '';

-- The key of the confidential places while another desk is asked to keep the record: sealed to that desk, and over that under the key of the node.
CREATE TABLE directory_offer ( -- keys
    id     TEXT  PRIMARY KEY,
    desk   TEXT  NOT NULL,
    pair   TEXT  NOT NULL,
    sealed BYTEA NOT NULL
);

-- Which desks have written a service into a plan: not whose plan, how often or when.
CREATE TABLE directory_named ( -- content
    organisation TEXT NOT NULL,
    service      TEXT NOT NULL,
    desk         TEXT NOT NULL,
    PRIMARY KEY (organisation, service, desk)
);

CREATE INDEX directory_named_desk ON directory_named (desk);
