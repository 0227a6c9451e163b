-- +goose Up

-- The return of a person to a country: identifiers, codes and times. What was said, found and arranged is sealed in the case.
CREATE TABLE case_return ( -- content
    id        TEXT    PRIMARY KEY,
    case_id   TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    country   TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    maker     TEXT    NOT NULL,
    made      BIGINT  NOT NULL,
    decided   BIGINT  NOT NULL,
    interest  BIGINT  NOT NULL,
    second    TEXT    NOT NULL,
    consent   TEXT    NOT NULL,
    space     TEXT    NOT NULL,
    record    TEXT    NOT NULL,
    assessor  TEXT    NOT NULL,
    assessed  BIGINT  NOT NULL,
    signer    TEXT    NOT NULL,
    signed    BIGINT  NOT NULL,
    red       BOOLEAN NOT NULL,
    referral  TEXT    NOT NULL,
    departed  BIGINT  NOT NULL,
    arrived   BIGINT  NOT NULL,
    point     BIGINT  NOT NULL,
    reason    TEXT    NOT NULL,
    ended     BIGINT  NOT NULL,
    version   BIGINT  NOT NULL
);

CREATE INDEX case_return_case ON case_return (case_id, id);
CREATE INDEX case_return_consent ON case_return (consent, id);
CREATE INDEX case_return_desk ON case_return (desk, id);
CREATE INDEX case_return_second ON case_return (second, id);
