-- +goose Up

-- The key that a compartment had before its case was given new keys, under its present key. Empty but while records are
-- being sealed anew.
ALTER TABLE compartment ADD COLUMN previous BYTEA NOT NULL DEFAULT '';
