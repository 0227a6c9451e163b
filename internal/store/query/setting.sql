-- name: Setting :one
SELECT value FROM setting WHERE name = $1;

-- name: SetSetting :exec
INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: DropSetting :exec
DELETE FROM setting WHERE name = $1;
