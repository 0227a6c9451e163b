-- +goose Up

-- A link between two cases. Neither is named: each end is found under a name that only whoever opens that case can compute, another one
-- for each link. What the ends hold, and what the link says, is sealed; the latter opens only with both.
CREATE TABLE case_link ( -- content
    id           TEXT   PRIMARY KEY,
    one          BYTEA  NOT NULL,
    other        BYTEA  NOT NULL,
    one_sealed   BYTEA  NOT NULL,
    other_sealed BYTEA  NOT NULL,
    body         BYTEA  NOT NULL,
    version      BIGINT NOT NULL
);

CREATE UNIQUE INDEX case_link_one ON case_link (one);
CREATE UNIQUE INDEX case_link_other ON case_link (other);
