-- name: AuditHead :one
SELECT epoch, size, edge FROM audit_head ORDER BY epoch DESC LIMIT 1;

-- name: AuditLast :one
SELECT place, salt FROM audit_payload WHERE place = (SELECT MAX(place) FROM audit_payload);

-- name: AuditHeads :many
SELECT epoch, size, edge FROM audit_head ORDER BY epoch;

-- name: SetAuditHead :exec
INSERT INTO audit_head (epoch, size, edge) VALUES ($1, $2, $3)
ON CONFLICT (epoch) DO UPDATE SET size = excluded.size, edge = excluded.edge;

-- name: AddAuditBlock :exec
INSERT INTO audit_block (place, hashes) VALUES ($1, $2);

-- name: AddAuditPayload :exec
INSERT INTO audit_payload (place, salt, data) VALUES ($1, $2, $3);

-- name: AuditBlock :one
SELECT hashes FROM audit_block WHERE place = $1;

-- name: AuditPayload :one
SELECT data FROM audit_payload WHERE place = $1;

-- name: AuditPayloads :many
SELECT place, salt, data FROM audit_payload WHERE place >= $1 AND place < $2 ORDER BY place LIMIT $3;

-- name: EraseAuditPayload :execrows
DELETE FROM audit_payload WHERE place = $1;

-- name: BeginErasing :exec
INSERT INTO audit_erasing (one) VALUES (1);

-- name: EndErasing :exec
DELETE FROM audit_erasing WHERE one = 1;

-- name: AddAuditCheckpoint :exec
INSERT INTO audit_checkpoint (place, time, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: AuditCheckpoints :many
SELECT place, time, note FROM audit_checkpoint WHERE place >= $1 AND place < $2 ORDER BY place LIMIT $3;

-- name: AddAuditCosignature :exec
INSERT INTO audit_cosignature (place, member, time, line) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: AuditCosignatures :many
SELECT place, member, time, line FROM audit_cosignature WHERE place >= $1 AND place < $2 ORDER BY place, member LIMIT $3;

-- name: AddAuditEpoch :exec
INSERT INTO audit_epoch (epoch, note) VALUES ($1, $2);

-- name: AuditEpochs :many
SELECT note FROM audit_epoch ORDER BY epoch;

-- name: AuditObserved :one
SELECT epoch, size, hash, note, time FROM audit_observed WHERE member = $1;

-- name: SetAuditObserved :exec
INSERT INTO audit_observed (member, epoch, size, hash, note, time) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (member) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, hash = excluded.hash,
    note = excluded.note, time = excluded.time;

-- name: AuditSeen :one
SELECT member, place, note, time, proven FROM audit_seen WHERE member = $1 AND place = $2;

-- name: SetAuditSeen :exec
INSERT INTO audit_seen (member, place, note, time, proven) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (member, place) DO UPDATE SET note = excluded.note, time = excluded.time, proven = excluded.proven;

-- name: AuditUnproven :many
SELECT member, place, note, time, proven FROM audit_seen WHERE member = $1 AND NOT proven ORDER BY time, place LIMIT $2;

-- name: AuditForks :many
SELECT body FROM audit_fork
WHERE CAST(sqlc.arg(member) AS TEXT) = '' OR member = sqlc.arg(member)
ORDER BY time, digest LIMIT sqlc.arg(most);

-- name: AddAuditFork :execrows
INSERT INTO audit_fork (digest, member, time, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;
