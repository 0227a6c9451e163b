-- +goose Up

-- Addresses of the member's own systems that hear of a desk, and how far what they hear has come. Secrets are sealed under a key that
-- rests under node.secret. It stands behind the tables that it listens to: when a backup is loaded, nobody listens yet.
CREATE TABLE webhook ( -- content
    id           TEXT    PRIMARY KEY,
    desk         TEXT    NOT NULL,
    realm        TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    types        TEXT    NOT NULL,
    inside       BOOLEAN NOT NULL,
    state        TEXT    NOT NULL,
    why          TEXT    NOT NULL,
    maker        TEXT    NOT NULL,
    made         BIGINT  NOT NULL,
    confirmer    TEXT    NOT NULL,
    confirmed    BIGINT  NOT NULL,
    epoch        BIGINT  NOT NULL,
    secret       BYTEA   NOT NULL,
    former       BYTEA   NOT NULL,
    former_until BIGINT  NOT NULL,
    public       TEXT    NOT NULL,
    ended        BIGINT  NOT NULL,
    sequence     BIGINT  NOT NULL,
    sent         BIGINT  NOT NULL,
    attempts     BIGINT  NOT NULL,
    gones        BIGINT  NOT NULL,
    failing      BIGINT  NOT NULL,
    next         BIGINT  NOT NULL,
    tried        BIGINT  NOT NULL,
    status       BIGINT  NOT NULL,
    slow         BOOLEAN NOT NULL,
    claimed      BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);

CREATE INDEX webhook_desk ON webhook (desk) WHERE state = 'active';

-- What has changed at a desk to which somebody listens, written by triggers in the transaction of the change: identifiers and states. A later
-- migration that makes one of their tables anew makes its triggers anew.
CREATE TABLE webhook_change ( -- volatile
    place  BIGINT PRIMARY KEY,
    desk   TEXT   NOT NULL,
    noun   TEXT   NOT NULL,
    object TEXT   NOT NULL,
    was    TEXT   NOT NULL,
    turned TEXT   NOT NULL
);

-- What one address hears, numbered. It is kept for a while to be sent again.
CREATE TABLE webhook_item ( -- volatile
    webhook  TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    epoch    BIGINT NOT NULL,
    id       TEXT   NOT NULL,
    type     TEXT   NOT NULL,
    object   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (webhook, sequence)
);
