-- name: AddMerge :exec
INSERT INTO case_merge (id, survivor, alias, desk, state, hidden, first, second, made, merged, ended, ender, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, 0, '', 1);

-- name: SetMerge :execrows
UPDATE case_merge SET state = sqlc.arg(state), second = sqlc.arg(second), merged = sqlc.arg(merged), ended = sqlc.arg(ended),
    ender = sqlc.arg(ender), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: OneMerge :one
SELECT * FROM case_merge WHERE id = $1;

-- name: MergesInto :many
SELECT * FROM case_merge WHERE survivor = $1 ORDER BY id DESC;

-- name: MergesFrom :many
SELECT * FROM case_merge WHERE alias = $1 ORDER BY id DESC;

-- name: AddApart :exec
INSERT INTO case_apart (one, other, at, by, mark) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (one, other) DO UPDATE SET at = excluded.at, by = excluded.by, mark = excluded.mark;

-- name: OneApart :one
SELECT * FROM case_apart WHERE one = $1 AND other = $2;

-- name: DropApart :exec
DELETE FROM case_apart WHERE one = $1 AND other = $2;

-- name: ApartFrom :many
SELECT other AS case_id FROM case_apart WHERE case_apart.one = $1 ORDER BY other;

-- name: ApartTo :many
SELECT one AS case_id FROM case_apart WHERE case_apart.other = $1 ORDER BY one;
