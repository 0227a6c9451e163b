-- +goose Up

-- node.secret sealed to the recovery key, so that a lost machine can be made again by two officers.
CREATE TABLE secret_escrow ( -- keys
    one      BIGINT PRIMARY KEY,
    recovery TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    proof    BYTEA  NOT NULL,
    made     BIGINT NOT NULL,
    used     BIGINT NOT NULL
);

-- Which officers have written down their share. The paper itself is kept nowhere.
CREATE TABLE recovery_paper ( -- keys
    user_id  TEXT   PRIMARY KEY,
    recovery TEXT   NOT NULL,
    at       BIGINT NOT NULL
);
