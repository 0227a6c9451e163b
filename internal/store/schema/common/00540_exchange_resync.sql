-- +goose Up

-- How much of the answer to a resync has come: its pages are taken in order.
ALTER TABLE exchange_peer ADD COLUMN resync_pages BIGINT NOT NULL DEFAULT 0;
