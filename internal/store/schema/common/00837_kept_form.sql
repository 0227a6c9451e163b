-- +goose Up

-- What somebody had typed when her session locked, sealed to her keys, for an hour. Which row is whose browser's only that browser knows.
CREATE TABLE kept_form ( -- volatile
    hash    BYTEA  PRIMARY KEY,
    user_id TEXT   NOT NULL,
    sealed  BYTEA  NOT NULL,
    made    BIGINT NOT NULL,
    ends    BIGINT NOT NULL
);

CREATE INDEX kept_form_user_id ON kept_form (user_id, made);
CREATE INDEX kept_form_ends ON kept_form (ends);
