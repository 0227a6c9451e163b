-- name: AddAnswer :execrows
INSERT INTO idempotency (key, actor, digest, response, expires) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: Answer :one
SELECT digest, response FROM idempotency WHERE actor = $1 AND key = $2 AND expires > $3;

-- name: DropAnswers :execrows
DELETE FROM idempotency WHERE expires <= $1;
