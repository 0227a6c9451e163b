-- +goose Up

-- Who made the link with which an account made its keys; '' for whoever has the machine. An office whose link an administrator made waits
-- until somebody else of the office has compared the keys. What is there already was let in before there was such a rule.
ALTER TABLE invitation ADD COLUMN maker TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN linker TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN waits BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE account ADD COLUMN let_in_by TEXT NOT NULL DEFAULT '';
