-- +goose Up

-- What this member knows and holds of the secret that members share for lookups, and the run that makes or refreshes it. Shares are sealed under a key
-- that rests under node.secret.
CREATE TABLE lookup_piece ( -- volatile
    name    TEXT   PRIMARY KEY,
    value   BYTEA  NOT NULL,
    version BIGINT NOT NULL
);
