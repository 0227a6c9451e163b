-- name: SecondStep :one
SELECT * FROM second_step WHERE user_id = $1;

-- name: AddSecondStep :execrows
INSERT INTO second_step (user_id, sealed, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING;

-- name: SetSecondStep :execrows
UPDATE second_step SET sealed = sqlc.arg(sealed), version = version + 1 WHERE user_id = sqlc.arg(user_id) AND version = sqlc.arg(version);

-- name: DropSecondStep :exec
DELETE FROM second_step WHERE user_id = $1;
