-- +goose Up

-- By which version of package fold a record was folded. An index may have parts of several; its own column says which was the newest when
-- it was begun.
ALTER TABLE search_entry ADD COLUMN fold BIGINT NOT NULL DEFAULT 1;
ALTER TABLE search_segment ADD COLUMN fold BIGINT NOT NULL DEFAULT 1;
