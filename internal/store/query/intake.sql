-- name: AddIntakeRun :exec
INSERT INTO intake_run (id, kind, source, user_id, desk, dry, reading, began, ended, taken, known, refused)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: IntakeRun :one
SELECT * FROM intake_run WHERE id = $1;

-- name: IntakeRunsBefore :many
SELECT * FROM intake_run WHERE id < $1 ORDER BY id DESC LIMIT $2;

-- name: SetIntakeRun :execrows
UPDATE intake_run SET ended = $2, taken = $3, known = $4, refused = $5 WHERE id = $1;

-- name: IntakeRow :one
SELECT content FROM intake_row WHERE digest = $1;

-- name: AddIntakeRow :execrows
INSERT INTO intake_row (digest, content) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING;

-- name: AddPublished :execrows
INSERT INTO published (collection, digest, year, codes) VALUES ($1, $2, $3, $4) ON CONFLICT (collection, digest) DO NOTHING;

-- name: HasPublished :one
SELECT COUNT(*) FROM published WHERE collection = $1 AND digest = $2;

-- name: PublishedAfter :many
SELECT * FROM published WHERE collection = $1 AND digest > $2 ORDER BY digest LIMIT $3;
