-- name: AddIdentity :execrows
INSERT INTO identity (id, user_id, issuer, mark, made, made_by, used) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT DO NOTHING;

-- name: Identity :one
SELECT * FROM identity WHERE id = $1;

-- name: IdentityByMark :one
SELECT * FROM identity WHERE mark = $1;

-- name: IdentitiesOf :many
SELECT * FROM identity WHERE user_id = $1 ORDER BY made, id;

-- name: UseIdentity :exec
UPDATE identity SET used = sqlc.arg(used) WHERE id = sqlc.arg(id);

-- name: DropIdentity :execrows
DELETE FROM identity WHERE id = $1;
