-- +goose Up

-- The second step of a sign-in with a passphrase. What it holds is sealed under a key that only that passphrase opens.
CREATE TABLE second_step ( -- keys
    user_id TEXT   PRIMARY KEY,
    sealed  BYTEA  NOT NULL,
    version BIGINT NOT NULL
);

-- Whether the role of a session demands a second step that it did not take.
ALTER TABLE session ADD COLUMN owes BOOLEAN NOT NULL DEFAULT FALSE;
