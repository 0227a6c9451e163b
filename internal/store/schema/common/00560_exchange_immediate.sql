-- +goose Up

-- What does not wait for what was sealed before it in its thread.
ALTER TABLE exchange_out ADD COLUMN immediate BOOLEAN NOT NULL DEFAULT FALSE;
