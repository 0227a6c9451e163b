-- +goose Up

-- The authority key of this member, sealed to each of its key officers.
CREATE TABLE authority_holder ( -- keys
    key     TEXT   NOT NULL,
    user_id TEXT   NOT NULL,
    public  BYTEA  NOT NULL,
    sealed  BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (key, user_id)
);
