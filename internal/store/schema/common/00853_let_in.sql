-- +goose Up

-- Who let the office of an account in, as a signed record, and its proof under a key that rests under node.secret. Without both an office waits,
-- whatever the row says. Of a link the proof says who made it.
ALTER TABLE account ADD COLUMN let_in TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN let_in_proof TEXT NOT NULL DEFAULT '';
ALTER TABLE invitation ADD COLUMN proof TEXT NOT NULL DEFAULT '';
