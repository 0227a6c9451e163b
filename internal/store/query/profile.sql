-- name: Confirmations :many
SELECT * FROM profile_confirmation ORDER BY key;

-- name: SetConfirmation :exec
INSERT INTO profile_confirmation (key, digest, by, day) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, by = excluded.by, day = excluded.day;
