-- +goose Up

-- What is kept of passkeys in clear: with which key their answers are checked. What they open lies in the locks of the account.
CREATE TABLE passkey ( -- keys
    id         TEXT    PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    credential BYTEA   NOT NULL,
    key        BYTEA   NOT NULL,
    algorithm  BIGINT  NOT NULL,
    count      BIGINT  NOT NULL,
    moves      BOOLEAN NOT NULL,
    made       BIGINT  NOT NULL,
    used       BIGINT  NOT NULL
);

CREATE INDEX passkey_user ON passkey (user_id, made);

-- Challenges that have been answered, until their time is over: none is answered twice.
CREATE TABLE challenge_spent ( -- volatile
    mark BYTEA  PRIMARY KEY,
    ends BIGINT NOT NULL
);

CREATE INDEX challenge_spent_ends ON challenge_spent (ends);
