-- +goose Up

-- What kind of body runs a desk. Every desk was judged as this before anybody could say it.
ALTER TABLE desk ADD COLUMN sector TEXT NOT NULL DEFAULT '';
UPDATE desk SET sector = CASE WHEN realm = 'prosecution' THEN 'justice' ELSE 'authority' END;
