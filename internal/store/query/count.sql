-- name: CountRun :one
SELECT * FROM count_run WHERE id = $1;

-- name: CountRuns :many
SELECT * FROM count_run WHERE heard <= @until ORDER BY heard DESC, id DESC LIMIT sqlc.arg(max);

-- name: GoingCountRuns :many
SELECT * FROM count_run WHERE going = TRUE ORDER BY heard, id LIMIT sqlc.arg(max);

-- name: AddCountRun :exec
INSERT INTO count_run (id, going, heard, value, version) VALUES ($1, $2, $3, $4, 1);

-- name: SetCountRun :execrows
UPDATE count_run SET going = @going, value = @value, version = version + 1 WHERE id = @id AND version = @version;

-- name: CountSaid :many
SELECT * FROM count_said WHERE run = $1 ORDER BY digest;

-- name: AddCountSaid :exec
INSERT INTO count_said (run, digest, member, step, body, signature) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run, digest) DO NOTHING;

-- name: CountParts :many
SELECT * FROM count_part WHERE run = $1 AND digest = $2 ORDER BY number;

-- name: CountSent :many
SELECT DISTINCT digest FROM count_part WHERE run = $1 AND member = $2 AND step = $3 ORDER BY digest;

-- name: AddCountPart :exec
INSERT INTO count_part (run, digest, number, member, step, size, body) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (run, digest, number) DO NOTHING;

-- name: DropCountParts :exec
DELETE FROM count_part WHERE run = $1;

-- name: CountOwn :one
SELECT * FROM count_own WHERE run = $1;

-- name: AddCountOwn :exec
INSERT INTO count_own (run, work, held, records, recalled, recalled_of, desk, generation, box, secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: DropCountOwn :exec
DELETE FROM count_own WHERE run = $1;

-- name: CountSpent :one
SELECT CAST(COALESCE(SUM(epsilon), 0) AS BIGINT) FROM count_spent WHERE year = $1;

-- name: AddCountSpent :exec
INSERT INTO count_spent (run, year, epsilon) VALUES ($1, $2, $3);

-- name: DropCountSpent :exec
DELETE FROM count_spent WHERE run = $1;

-- name: CountShares :many
SELECT run, desk, number, merged, after_case, files, done, home FROM count_share WHERE run = $1 ORDER BY desk, number;

-- name: CountShare :one
SELECT * FROM count_share WHERE run = $1 AND desk = $2 AND number = $3;

-- name: AddCountShare :exec
INSERT INTO count_share (run, desk, number, merged, after_case, files, done, home, pair, box, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: DropCountShares :exec
DELETE FROM count_share WHERE run = $1;
