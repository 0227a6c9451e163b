-- +goose Up

-- Programs that write to one desk with a token, and read nothing. Of the token a digest under a key rests here that rests under node.secret.
CREATE TABLE service_account ( -- keys
    id        TEXT   PRIMARY KEY,
    name      TEXT   NOT NULL,
    desk      TEXT   NOT NULL,
    realm     TEXT   NOT NULL,
    purposes  TEXT   NOT NULL,
    networks  TEXT   NOT NULL,
    days      BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    maker     TEXT   NOT NULL,
    made      BIGINT NOT NULL,
    confirmer TEXT   NOT NULL,
    confirmed BIGINT NOT NULL,
    epoch     BIGINT NOT NULL,
    ends      BIGINT NOT NULL,
    digest    BYTEA  NOT NULL,
    drawn     BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    used_from TEXT   NOT NULL,
    revoked   BIGINT NOT NULL,
    revoker   TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX service_account_desk ON service_account (desk);
