-- +goose Up

-- Replaced rows are few and lie outside exchange_out_place: with this a thread is found without reading the whole outbox.
CREATE INDEX exchange_out_replaced ON exchange_out (thread) WHERE state = 'replaced';
