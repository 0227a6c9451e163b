-- +goose Up

-- Whom an issuer means by whom (OpenID Connect). It opens nothing. What the issuer calls her is not kept, only a digest of it.
CREATE TABLE identity ( -- keys
    id      TEXT   PRIMARY KEY,
    user_id TEXT   NOT NULL,
    issuer  TEXT   NOT NULL,
    mark    BYTEA  NOT NULL UNIQUE,
    made    BIGINT NOT NULL,
    made_by TEXT   NOT NULL,
    used    BIGINT NOT NULL,
    UNIQUE (user_id, issuer)
);

-- Whether the role of a session demands that an issuer knows her, and none is linked to her account.
ALTER TABLE session ADD COLUMN unlinked BOOLEAN NOT NULL DEFAULT FALSE;
