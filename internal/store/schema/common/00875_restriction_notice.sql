-- +goose Up

-- When she was told that her case is kept and not used, by whom and how; 0: nobody has told her yet.
ALTER TABLE processing_restriction ADD COLUMN noticed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE processing_restriction ADD COLUMN noticer TEXT NOT NULL DEFAULT '';
ALTER TABLE processing_restriction ADD COLUMN notice TEXT NOT NULL DEFAULT '';
