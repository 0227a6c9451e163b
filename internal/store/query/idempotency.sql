-- name: AddAnswer :execrows
INSERT INTO idempotency (key, actor, digest, response, expires)
VALUES (sqlc.arg(key), sqlc.arg(actor), sqlc.arg(digest), sqlc.arg(response), sqlc.arg(expires))
ON CONFLICT (actor, key) DO UPDATE SET digest = excluded.digest, response = excluded.response, expires = excluded.expires
WHERE idempotency.expires <= sqlc.arg(now);

-- name: SetAnswer :execrows
UPDATE idempotency SET response = sqlc.arg(response), expires = sqlc.arg(expires)
WHERE actor = sqlc.arg(actor) AND key = sqlc.arg(key) AND digest = sqlc.arg(digest);

-- name: DropAnswer :exec
DELETE FROM idempotency WHERE actor = $1 AND key = $2 AND digest = $3 AND length(response) = 0;

-- name: Answer :one
SELECT digest, response FROM idempotency WHERE actor = $1 AND key = $2 AND expires > $3;

-- name: DropAnswers :execrows
DELETE FROM idempotency WHERE expires <= $1;
