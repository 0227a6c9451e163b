-- +goose Up

-- By which evidence somebody said that two cases are not of one person: they are proposed again when it is another. It is a hash of levels
-- and says nothing about anybody. Empty: said before this was kept, and not asked again.
ALTER TABLE case_apart ADD COLUMN mark TEXT NOT NULL DEFAULT '';
