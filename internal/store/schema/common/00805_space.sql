-- +goose Up

-- A record that has a period of its own lies under a key of its own: of which kind it is, when it was changed last, and when its desk was
-- told that its end comes near.
ALTER TABLE compartment ADD COLUMN class TEXT NOT NULL DEFAULT '';
ALTER TABLE compartment ADD COLUMN saved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE compartment ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;

CREATE INDEX compartment_class ON compartment (class, saved, id) WHERE class <> '';

-- Cases from before, in which drafts and screenings lie under the key of the case: whoever opens one for her desk sorts it.
CREATE TABLE case_unsorted ( -- content
    case_id TEXT PRIMARY KEY
);

INSERT INTO case_unsorted (case_id)
SELECT DISTINCT case_id FROM sealed_row WHERE kind IN ('form', 'screening')
UNION
SELECT case_id FROM referral WHERE status IN ('draft', 'checked') AND record <> '';
