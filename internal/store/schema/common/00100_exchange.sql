-- +goose Up

-- What leaves the node. A body is written once and deleted apart, so that a change of state stays small.
CREATE TABLE exchange_out ( -- content
    id         TEXT    PRIMARY KEY,
    recipient  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    thread     TEXT    NOT NULL,
    side       TEXT    NOT NULL,
    seq        BIGINT  NOT NULL,
    consent    TEXT    NOT NULL,
    from_desk  TEXT    NOT NULL,
    from_realm TEXT    NOT NULL,
    to_desk    TEXT    NOT NULL,
    to_realm   TEXT    NOT NULL,
    basis      TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('held', 'queued', 'relayed', 'delivered', 'opened', 'refused', 'expired', 'destroyed', 'replaced')),
    content    BOOLEAN NOT NULL,
    created    BIGINT  NOT NULL,
    expires    BIGINT  NOT NULL,
    next_try   BIGINT  NOT NULL,
    lease      BIGINT  NOT NULL,
    attempts   BIGINT  NOT NULL,
    receipt    BYTEA   NOT NULL
);

CREATE UNIQUE INDEX exchange_out_place ON exchange_out (thread, side, seq) WHERE thread <> '' AND state <> 'replaced';
CREATE INDEX exchange_out_due ON exchange_out (next_try, id) WHERE state IN ('queued', 'relayed');
CREATE INDEX exchange_out_recipient ON exchange_out (recipient, created, id);
CREATE INDEX exchange_out_consent ON exchange_out (consent) WHERE consent <> '';

CREATE TABLE exchange_out_body ( -- content
    id   TEXT  PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE exchange_out_receipt ( -- content
    envelope TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    received BIGINT NOT NULL,
    body     BYTEA  NOT NULL,
    PRIMARY KEY (envelope, digest)
);

-- What has arrived. Rows are never deleted: an envelope is remembered for ever.
CREATE TABLE exchange_in ( -- content
    id       TEXT    PRIMARY KEY,
    sender   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    thread   TEXT    NOT NULL,
    side     TEXT    NOT NULL,
    seq      BIGINT  NOT NULL,
    replaces TEXT    NOT NULL,
    consent  TEXT    NOT NULL,
    desk     TEXT    NOT NULL,
    content  BOOLEAN NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('parked', 'done', 'refused', 'expired', 'erased')),
    roster   BIGINT  NOT NULL,
    received BIGINT  NOT NULL,
    receipt  BYTEA   NOT NULL,
    latest   BYTEA   NOT NULL
);

CREATE UNIQUE INDEX exchange_in_place ON exchange_in (sender, thread, side, seq) WHERE thread <> '' AND state IN ('parked', 'done', 'erased');
CREATE INDEX exchange_in_thread ON exchange_in (thread, side, seq) WHERE thread <> '';
CREATE INDEX exchange_in_parked ON exchange_in (thread, seq, id) WHERE state = 'parked';
CREATE INDEX exchange_in_sender ON exchange_in (sender, received, id);

CREATE TABLE exchange_in_body ( -- content
    id   TEXT  PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE exchange_withdrawn ( -- content
    consent TEXT   PRIMARY KEY,
    at      BIGINT NOT NULL
);

-- What is kept for other members, who alone can open it.
CREATE TABLE exchange_mail ( -- content
    id        TEXT   PRIMARY KEY,
    sender    TEXT   NOT NULL,
    recipient TEXT   NOT NULL,
    size      BIGINT NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    receipt   BYTEA  NOT NULL,
    body      BYTEA  NOT NULL
);

CREATE INDEX exchange_mail_recipient ON exchange_mail (recipient, created, id);
CREATE INDEX exchange_mail_sender ON exchange_mail (sender);
CREATE INDEX exchange_mail_expires ON exchange_mail (expires);

CREATE TABLE exchange_peer ( -- content
    member      TEXT   PRIMARY KEY,
    roster_seen BIGINT NOT NULL,
    roster_sent BIGINT NOT NULL,
    sheet_sent  BIGINT NOT NULL,
    heard       BIGINT NOT NULL,
    resync      BIGINT NOT NULL
);
