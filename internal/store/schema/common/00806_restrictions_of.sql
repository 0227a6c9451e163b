-- +goose Up

-- Every restriction of a case, those that were lifted too: for the copy that she gets.
CREATE INDEX processing_restriction_of ON processing_restriction (case_id, placed, id);
