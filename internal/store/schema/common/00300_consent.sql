-- +goose Up

-- What the node knows of a consent: codes, desks and times. The record is a sealed row.
CREATE TABLE consent ( -- content
    id          TEXT   PRIMARY KEY,
    case_id     TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    purposes    TEXT   NOT NULL,
    recipients  TEXT   NOT NULL,
    categories  TEXT   NOT NULL,
    issuer      TEXT   NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_to    BIGINT NOT NULL,
    compartment TEXT   NOT NULL,
    record      TEXT   NOT NULL,
    taker       TEXT   NOT NULL,
    given       BIGINT NOT NULL,
    withdrawn   BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    reply       TEXT   NOT NULL,
    ground      TEXT   NOT NULL,
    citation    TEXT   NOT NULL,
    review      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    CHECK (version >= 1)
);

CREATE INDEX consent_case ON consent (case_id, given, id);
CREATE INDEX consent_over ON consent (state, valid_to, id);

-- The vital-interest or legal-duty path. The reason is a sealed row.
CREATE TABLE consent_override ( -- content
    id          TEXT   PRIMARY KEY,
    case_id     TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    basis       TEXT   NOT NULL,
    recipient   TEXT   NOT NULL,
    categories  TEXT   NOT NULL,
    record      TEXT   NOT NULL,
    compartment TEXT   NOT NULL,
    maker       TEXT   NOT NULL,
    approver    TEXT   NOT NULL,
    proposed    BIGINT NOT NULL,
    approved    BIGINT NOT NULL,
    valid_to    BIGINT NOT NULL,
    review_from BIGINT NOT NULL,
    review_due  BIGINT NOT NULL,
    reviewer    TEXT   NOT NULL,
    finding     TEXT   NOT NULL,
    told        BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    CHECK (version >= 1),
    CHECK (approver <> maker)
);

CREATE INDEX consent_override_due ON consent_override (state, review_due, id);
CREATE INDEX consent_override_case ON consent_override (case_id, proposed, id);
