-- name: AddPasskey :execrows
INSERT INTO passkey (id, user_id, name, credential, key, algorithm, count, moves, made, used)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT DO NOTHING;

-- name: Passkey :one
SELECT * FROM passkey WHERE id = $1;

-- name: PasskeysOf :many
SELECT * FROM passkey WHERE user_id = $1 ORDER BY made, id;

-- name: UsePasskey :execrows
UPDATE passkey SET count = sqlc.arg(count), used = sqlc.arg(used) WHERE id = sqlc.arg(id) AND count = sqlc.arg(before);

-- name: DropPasskey :execrows
DELETE FROM passkey WHERE id = $1;

-- name: DropPasskeysOf :exec
DELETE FROM passkey WHERE user_id = $1;

-- name: SpendChallenge :execrows
INSERT INTO challenge_spent (mark, ends) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: DropSpentChallenges :exec
DELETE FROM challenge_spent WHERE ends <= $1;
