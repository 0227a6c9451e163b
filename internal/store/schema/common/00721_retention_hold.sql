-- +goose Up

-- Cases that nothing may erase: an order, a complaint or a claim rests on them.
CREATE TABLE retention_hold ( -- content
    id        TEXT    PRIMARY KEY,
    case_id   TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    realm     TEXT    NOT NULL,
    ground    TEXT    NOT NULL,
    office    BOOLEAN NOT NULL,
    placed    BIGINT  NOT NULL,
    placer    TEXT    NOT NULL,
    lifted    BIGINT  NOT NULL,
    lifter    TEXT    NOT NULL,
    because   TEXT    NOT NULL,
    version   BIGINT  NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX retention_hold_case ON retention_hold (case_id) WHERE lifted = 0;
CREATE INDEX retention_hold_realm ON retention_hold (realm, id) WHERE lifted = 0;
