-- +goose Up

-- One end of a conversation between two desks.
CREATE TABLE thread ( -- content
    id          TEXT    NOT NULL,
    desk        TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    peer_member TEXT    NOT NULL,
    peer_desk   TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    referral_id TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    made        BIGINT  NOT NULL,
    last        BIGINT  NOT NULL,
    erased      BOOLEAN NOT NULL,
    version     BIGINT  NOT NULL,
    PRIMARY KEY (id, desk)
);

CREATE INDEX thread_desk ON thread (desk, last, id);
CREATE INDEX thread_referral ON thread (referral_id) WHERE referral_id <> '';

-- The key of one end, wrapped by the wrap key of its desk.
CREATE TABLE thread_box ( -- keys
    thread_id  TEXT   NOT NULL,
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (thread_id, desk)
);

-- One message at one end. What arrived and was not read rests in its envelope.
CREATE TABLE message ( -- content
    id        TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    thread_id TEXT    NOT NULL,
    mine      BOOLEAN NOT NULL,
    state     TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    envelope  TEXT    NOT NULL,
    intake    TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    urgent    BOOLEAN NOT NULL,
    at        BIGINT  NOT NULL,
    opened    BIGINT  NOT NULL,
    body      BYTEA   NOT NULL,
    version   BIGINT  NOT NULL,
    PRIMARY KEY (id, desk)
);

CREATE INDEX message_thread ON message (thread_id, desk, at, id);
CREATE INDEX message_envelope ON message (envelope);
CREATE INDEX message_intake ON message (intake) WHERE intake <> '';
