-- +goose Up

-- A new key pair is a new index. The one before it stays beside it, and names it, until everything has been moved.
ALTER TABLE search_index ADD COLUMN successor TEXT NOT NULL DEFAULT '';

DROP INDEX search_index_scope;

CREATE UNIQUE INDEX search_index_scope ON search_index (realm, organisation, successor);
