-- +goose Up

-- A case that goes to another desk: offered, and accepted, declined or taken back. Identifiers, codes and times; what is handed over is
-- sealed in the case.
CREATE TABLE case_transfer ( -- content
    id          TEXT    PRIMARY KEY,
    reference   TEXT    NOT NULL,
    case_id     TEXT    NOT NULL,
    from_desk   TEXT    NOT NULL,
    to_desk     TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    basis       TEXT    NOT NULL,
    override    TEXT    NOT NULL,
    age_class   TEXT    NOT NULL,
    urgent      BOOLEAN NOT NULL,
    record      TEXT    NOT NULL,
    maker       TEXT    NOT NULL,
    made        BIGINT  NOT NULL,
    decider     TEXT    NOT NULL,
    responded   BIGINT  NOT NULL,
    reason      TEXT    NOT NULL,
    alternative TEXT    NOT NULL,
    version     BIGINT  NOT NULL,
    CHECK (from_desk <> to_desk),
    CHECK (version >= 1)
);

CREATE UNIQUE INDEX case_transfer_open ON case_transfer (case_id) WHERE state = 'offered';
CREATE INDEX case_transfer_case ON case_transfer (case_id, id);
CREATE INDEX case_transfer_from ON case_transfer (from_desk, id);
CREATE INDEX case_transfer_to ON case_transfer (to_desk, id);
