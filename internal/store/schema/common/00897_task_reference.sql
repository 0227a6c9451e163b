-- +goose Up

-- What is open under one reference, for the page that closes its case: among all tasks of a desk it took as long as the desk has tasks.
CREATE INDEX task_reference ON task (reference, id) WHERE state = 'open';
