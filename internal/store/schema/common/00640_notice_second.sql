-- +goose Up

-- The channel over which a person is told when her first one fails.
ALTER TABLE notice_setting ADD COLUMN second TEXT NOT NULL DEFAULT '';
ALTER TABLE notice_setting ADD COLUMN second_address TEXT NOT NULL DEFAULT '';
