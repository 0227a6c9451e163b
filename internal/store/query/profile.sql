-- name: Confirmations :many
SELECT * FROM profile_confirmation ORDER BY key;

-- name: SetConfirmation :exec
INSERT INTO profile_confirmation (key, digest, by, day) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, by = excluded.by, day = excluded.day;

-- name: Retentions :many
SELECT * FROM profile_retention ORDER BY class;

-- name: SetRetention :exec
INSERT INTO profile_retention (class, event, n, unit, text, source, citation) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (class) DO UPDATE SET event = excluded.event, n = excluded.n, unit = excluded.unit, text = excluded.text,
    source = excluded.source, citation = excluded.citation;
