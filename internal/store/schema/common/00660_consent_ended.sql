-- +goose Up

-- Who recorded that she takes a consent back (empty: it was said to another node), when that took effect here, and when the
-- desk had answered what became of the data.
ALTER TABLE consent ADD COLUMN withdrawn_by TEXT NOT NULL DEFAULT '';
ALTER TABLE consent ADD COLUMN effective BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consent ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
