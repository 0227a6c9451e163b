-- name: AddCooperation :exec
INSERT INTO cooperation (id, desk, side, peer_member, peer_desk, reference, kind, instrument, state, urgent, due, body, revision, user_id, at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: SetCooperation :execrows
UPDATE cooperation SET kind = sqlc.arg(kind), instrument = sqlc.arg(instrument), state = sqlc.arg(state), urgent = sqlc.arg(urgent), due = sqlc.arg(due),
    body = sqlc.arg(body), revision = sqlc.arg(revision), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: SetCooperationBox :exec
INSERT INTO cooperation_box (cooperation_id, desk, generation, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (cooperation_id, desk) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: DropCooperationBox :exec
DELETE FROM cooperation_box WHERE cooperation_id = $1 AND desk = $2;

-- name: CooperationBox :one
SELECT generation, sealed FROM cooperation_box WHERE cooperation_id = $1 AND desk = $2;

-- name: Cooperation :one
SELECT * FROM cooperation WHERE id = $1 AND desk = $2;

-- name: CooperationEnds :many
SELECT * FROM cooperation WHERE id = $1 ORDER BY desk;

-- name: CooperationsAt :many
SELECT * FROM cooperation WHERE desk = sqlc.arg(desk) AND (CAST(sqlc.arg(before) AS TEXT) = '' OR id < CAST(sqlc.arg(before) AS TEXT)) ORDER BY id DESC LIMIT sqlc.arg(max);

-- name: CooperationsWith :many
SELECT c.* FROM cooperation c JOIN cooperation_release r ON r.cooperation_id = c.id AND r.desk = c.desk
WHERE r.release_id = $1 ORDER BY c.id, c.desk;

-- name: AddCooperationRelease :exec
INSERT INTO cooperation_release (cooperation_id, desk, release_id) VALUES ($1, $2, $3);

-- name: DropCooperationReleases :exec
DELETE FROM cooperation_release WHERE cooperation_id = $1 AND desk = $2;

-- name: AddCooperationEvent :exec
INSERT INTO cooperation_event (cooperation_id, desk, n, step, code, day, envelope, intake, body, failed, user_id, at, told)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: SetCooperationEvent :exec
UPDATE cooperation_event SET envelope = sqlc.arg(envelope), intake = sqlc.arg(intake), body = sqlc.arg(body), failed = sqlc.arg(failed), told = sqlc.arg(told)
WHERE cooperation_id = sqlc.arg(cooperation_id) AND desk = sqlc.arg(desk) AND n = sqlc.arg(n);

-- name: CooperationEvents :many
SELECT * FROM cooperation_event WHERE cooperation_id = $1 AND desk = $2 ORDER BY n;

-- name: CooperationSealedTo :one
SELECT COUNT(*) FROM cooperation_event WHERE intake = $1 AND intake <> '';

-- name: CooperationPast :many
SELECT c.id, c.side, c.peer_member, c.kind, CAST(COALESCE(MIN(CASE WHEN e.step = 'request' THEN e.at END), 0) AS BIGINT) AS sent,
    CAST(COALESCE(MIN(CASE WHEN e.step = 'receipt' THEN e.at END), 0) AS BIGINT) AS receipt,
    CAST(COALESCE(MIN(CASE WHEN e.step = 'decision' THEN e.at END), 0) AS BIGINT) AS decision,
    CAST(COALESCE(MIN(CASE WHEN e.step = 'answer' THEN e.at END), 0) AS BIGINT) AS answer
FROM cooperation c JOIN cooperation_event e ON e.cooperation_id = c.id AND e.desk = c.desk
WHERE CAST(sqlc.arg(desk) AS TEXT) = '' OR c.desk = CAST(sqlc.arg(desk) AS TEXT)
GROUP BY c.id, c.desk, c.side, c.peer_member, c.kind ORDER BY c.id DESC LIMIT sqlc.arg(max);

-- name: PutOfficeKey :exec
INSERT INTO cooperation_office (desk, name, certificate, made, body, user_id, at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (desk) DO UPDATE SET name = excluded.name, certificate = excluded.certificate, made = excluded.made, body = excluded.body,
    user_id = excluded.user_id, at = excluded.at, version = excluded.version;

-- name: PutOfficeBox :exec
INSERT INTO cooperation_office_box (desk, generation, sealed) VALUES ($1, $2, $3)
ON CONFLICT (desk) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: OfficeKey :one
SELECT * FROM cooperation_office WHERE desk = $1;

-- name: OfficeBox :one
SELECT generation, sealed FROM cooperation_office_box WHERE desk = $1;
