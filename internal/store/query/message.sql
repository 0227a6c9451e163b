-- name: AddThread :exec
INSERT INTO thread (id, desk, realm, peer_member, peer_desk, side, referral_id, reference, made, last, erased, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: SetThread :execrows
UPDATE thread SET last = sqlc.arg(last), erased = sqlc.arg(erased), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: SetThreadBox :exec
INSERT INTO thread_box (thread_id, desk, generation, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (thread_id, desk) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: DropThreadBox :exec
DELETE FROM thread_box WHERE thread_id = $1 AND desk = $2;

-- name: ThreadBox :one
SELECT generation, sealed FROM thread_box WHERE thread_id = $1 AND desk = $2;

-- name: Thread :one
SELECT * FROM thread WHERE id = $1 AND desk = $2;

-- name: Ends :many
SELECT * FROM thread WHERE id = $1 ORDER BY desk;

-- name: ThreadsAbout :many
SELECT * FROM thread WHERE referral_id = $1 AND referral_id <> '' ORDER BY id, desk;

-- name: Threads :many
SELECT * FROM thread WHERE realm = sqlc.arg(realm) AND desk = sqlc.arg(desk)
    AND (CAST(sqlc.arg(referral_id) AS TEXT) = '' OR referral_id = sqlc.arg(referral_id))
    AND (CAST(sqlc.arg(after_id) AS TEXT) = '' OR last < sqlc.arg(after_last)
        OR (last = sqlc.arg(after_last) AND id < sqlc.arg(after_id)))
ORDER BY last DESC, id DESC LIMIT sqlc.arg(many);

-- name: AddMessage :exec
INSERT INTO message (id, desk, thread_id, mine, state, code, envelope, intake, user_id, urgent, at, opened, body, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: SetMessage :execrows
UPDATE message SET state = sqlc.arg(state), code = sqlc.arg(code), envelope = sqlc.arg(envelope), intake = sqlc.arg(intake),
    user_id = sqlc.arg(user_id), opened = sqlc.arg(opened), body = sqlc.arg(body), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: Message :one
SELECT m.id, m.desk, m.thread_id, m.mine, m.state, m.code, m.envelope, m.intake, m.user_id, m.urgent, m.at, m.opened, m.body, m.version,
    CAST(COALESCE(o.state, '') AS TEXT) AS carried
FROM message m LEFT JOIN exchange_out o ON o.id = m.envelope
WHERE m.id = $1 AND m.desk = $2;

-- name: MessageSent :one
SELECT m.id, m.desk, m.thread_id, m.mine, m.state, m.code, m.envelope, m.intake, m.user_id, m.urgent, m.at, m.opened, m.body, m.version,
    CAST(COALESCE(o.state, '') AS TEXT) AS carried
FROM message m LEFT JOIN exchange_out o ON o.id = m.envelope
WHERE m.thread_id = $1 AND m.desk = $2 AND m.mine AND m.envelope = $3 ORDER BY m.at DESC, m.id DESC LIMIT 1;

-- name: Messages :many
SELECT m.id, m.desk, m.thread_id, m.mine, m.state, m.code, m.envelope, m.intake, m.user_id, m.urgent, m.at, m.opened, m.body, m.version,
    CAST(COALESCE(o.state, '') AS TEXT) AS carried
FROM message m LEFT JOIN exchange_out o ON o.id = m.envelope
WHERE m.thread_id = sqlc.arg(thread_id) AND m.desk = sqlc.arg(desk)
    AND (m.at > sqlc.arg(after_at) OR (m.at = sqlc.arg(after_at) AND m.id > sqlc.arg(after_id)))
ORDER BY m.at, m.id LIMIT sqlc.arg(many);

-- name: SealedTo :one
SELECT COUNT(*) FROM message WHERE intake = $1 AND intake <> '';
