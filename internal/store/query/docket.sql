-- name: AddDocket :exec
INSERT INTO docket (id, desk, root_member, root_desk, reference, erased, user_id, at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SetDocket :execrows
UPDATE docket SET erased = sqlc.arg(erased), version = sqlc.arg(version) + 1 WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: SetDocketBox :exec
INSERT INTO docket_box (docket_id, desk, generation, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (docket_id, desk) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: DropDocketBox :exec
DELETE FROM docket_box WHERE docket_id = $1 AND desk = $2;

-- name: DocketBox :one
SELECT generation, sealed FROM docket_box WHERE docket_id = $1 AND desk = $2;

-- name: Docket :one
SELECT * FROM docket WHERE id = $1 AND desk = $2;

-- name: DocketEnds :many
SELECT * FROM docket WHERE id = $1 ORDER BY desk;

-- name: DocketsAt :many
SELECT * FROM docket WHERE desk = sqlc.arg(desk) AND (CAST(sqlc.arg(before) AS TEXT) = '' OR id < CAST(sqlc.arg(before) AS TEXT)) ORDER BY id DESC LIMIT sqlc.arg(max);

-- name: PutDocketPeer :exec
INSERT INTO docket_peer (docket_id, desk, peer_member, peer_desk, thread, gone) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (docket_id, desk, peer_member, peer_desk) DO UPDATE SET thread = excluded.thread, gone = excluded.gone;

-- name: DocketPeers :many
SELECT * FROM docket_peer WHERE docket_id = $1 AND desk = $2 ORDER BY peer_member, peer_desk;

-- name: AddDocketLine :exec
INSERT INTO docket_entry (docket_id, desk, digest, author_member, author_desk, level, item, sort, day, envelope, intake, body, spoiled, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: SetDocketLine :exec
UPDATE docket_entry SET envelope = sqlc.arg(envelope), intake = sqlc.arg(intake), body = sqlc.arg(body), spoiled = sqlc.arg(spoiled)
WHERE docket_id = sqlc.arg(docket_id) AND desk = sqlc.arg(desk) AND digest = sqlc.arg(digest) AND author_member = sqlc.arg(author_member) AND author_desk = sqlc.arg(author_desk);

-- name: DocketLines :many
SELECT * FROM docket_entry WHERE docket_id = $1 AND desk = $2 ORDER BY level, digest, author_member, author_desk;

-- name: DocketSealedTo :one
SELECT COUNT(*) FROM docket_entry WHERE intake = $1 AND intake <> '';

-- name: PutDocketOut :exec
INSERT INTO docket_out (docket_id, desk, digest, peer_member, peer_desk, envelope, failed, told) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (docket_id, desk, digest, peer_member, peer_desk) DO UPDATE SET envelope = excluded.envelope, failed = excluded.failed, told = excluded.told;

-- name: DocketOuts :many
SELECT * FROM docket_out WHERE docket_id = $1 AND desk = $2 ORDER BY digest, peer_member, peer_desk;

-- name: DocketOutOf :one
SELECT * FROM docket_out WHERE envelope = $1;

-- name: DropDocketLines :exec
DELETE FROM docket_entry WHERE docket_id = $1 AND desk = $2;

-- name: DropDocketOuts :exec
DELETE FROM docket_out WHERE docket_id = $1 AND desk = $2;

-- name: DropDocketPeers :exec
DELETE FROM docket_peer WHERE docket_id = $1 AND desk = $2;
