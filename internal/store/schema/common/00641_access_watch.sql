-- +goose Up

-- What each user did with each case on each day, taken from the log and kept for as long as it tells what is usual for her.
CREATE TABLE access_day ( -- content
    user_id TEXT    NOT NULL,
    day     BIGINT  NOT NULL,
    case_id TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    opened  BIGINT  NOT NULL,
    wrote   BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, day, case_id)
);

CREATE INDEX access_day_old ON access_day (day);

-- Unusual openings, for the data-protection officer.
CREATE TABLE access_alert ( -- content
    user_id TEXT   NOT NULL,
    day     BIGINT NOT NULL,
    rule    TEXT   NOT NULL,
    role    TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    usual   BIGINT NOT NULL,
    cases   TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    PRIMARY KEY (user_id, day, rule)
);

CREATE INDEX access_alert_made ON access_alert (made);

-- On which days somebody with which function opened a case: what she whom it is about is told.
CREATE TABLE case_opening ( -- content
    case_id TEXT   NOT NULL,
    day     BIGINT NOT NULL,
    role    TEXT   NOT NULL,
    PRIMARY KEY (case_id, day, role)
);
