-- +goose Up

-- In which epoch of its log this node speaks to a member, and of which epoch of hers it has told her what had come.
ALTER TABLE exchange_peer ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_peer ADD COLUMN told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_peer ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_peer ADD COLUMN asked TEXT NOT NULL DEFAULT '';
