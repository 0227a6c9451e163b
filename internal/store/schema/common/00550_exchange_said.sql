-- +goose Up

-- Who said that a consent was withdrawn, so that it stops what she sent and nothing of anybody else. The rows of
-- exchange_withdrawn are older: of them nobody knows it, and they stop everything under the consent.
CREATE TABLE exchange_tombstone ( -- content
    consent TEXT   NOT NULL,
    member  TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (consent, member)
);
