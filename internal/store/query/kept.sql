-- name: AddKeptForm :exec
INSERT INTO kept_form (hash, user_id, sealed, made, ends) VALUES ($1, $2, $3, $4, $5);

-- name: KeptForm :one
SELECT * FROM kept_form WHERE hash = $1;

-- name: KeptFormsOf :many
SELECT hash FROM kept_form WHERE user_id = $1 ORDER BY made DESC, hash;

-- name: DropKeptForm :exec
DELETE FROM kept_form WHERE hash = $1;

-- name: DropKeptFormsBefore :exec
DELETE FROM kept_form WHERE ends <= $1;
