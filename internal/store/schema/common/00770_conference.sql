-- +goose Up

-- A conference about a case: identifiers, codes and times. What is on its agenda, what was said and decided is sealed in the case.
CREATE TABLE case_conference ( -- content
    id        TEXT    PRIMARY KEY,
    case_id   TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    purpose   TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    maker     TEXT    NOT NULL,
    made      BIGINT  NOT NULL,
    meets     BIGINT  NOT NULL,
    record    TEXT    NOT NULL,
    draft     BIGINT  NOT NULL,
    written   BIGINT  NOT NULL,
    ended     BIGINT  NOT NULL,
    reason    TEXT    NOT NULL,
    version   BIGINT  NOT NULL
);

CREATE INDEX case_conference_case ON case_conference (case_id, id);
CREATE INDEX case_conference_desk ON case_conference (desk, id);

-- The places of desks in it.
CREATE TABLE case_conference_seat ( -- content
    conference TEXT    NOT NULL,
    n          BIGINT  NOT NULL,
    case_id    TEXT    NOT NULL,
    desk       TEXT    NOT NULL,
    realm      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    basis      TEXT    NOT NULL,
    ground     TEXT    NOT NULL,
    space      TEXT    NOT NULL,
    record     TEXT    NOT NULL,
    until      BIGINT  NOT NULL,
    signs      BOOLEAN NOT NULL,
    presence   TEXT    NOT NULL,
    reply      TEXT    NOT NULL,
    replier    TEXT    NOT NULL,
    replied    BIGINT  NOT NULL,
    shut       BOOLEAN NOT NULL,
    version    BIGINT  NOT NULL,
    PRIMARY KEY (conference, n)
);

CREATE INDEX case_conference_seat_case ON case_conference_seat (case_id);
CREATE INDEX case_conference_seat_desk ON case_conference_seat (desk, conference);
CREATE INDEX case_conference_seat_ground ON case_conference_seat (ground);
