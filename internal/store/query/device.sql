-- name: AddDevice :exec
INSERT INTO device (id, user_id, desk, role, made, ends, heard, ordered, orderer, gone, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1);

-- name: SetDevice :execrows
UPDATE device SET heard = sqlc.arg(heard), ordered = sqlc.arg(ordered), orderer = sqlc.arg(orderer), gone = sqlc.arg(gone), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Device :one
SELECT * FROM device WHERE id = $1;

-- name: Devices :many
SELECT * FROM device WHERE ends > sqlc.arg(after) ORDER BY made DESC, id;

-- name: DropDeviceDrafts :exec
DELETE FROM device_draft WHERE device_id IN (SELECT d.id FROM device d WHERE d.ends < sqlc.arg(before));

-- name: DropDevices :exec
DELETE FROM device WHERE ends < sqlc.arg(before);

-- name: AddSentDraft :exec
INSERT INTO device_draft (id, device_id, user_id, sent, digest, outcome, case_id, record, saved, beside, at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1);

-- name: SetSentDraft :execrows
UPDATE device_draft SET sent = sqlc.arg(sent), digest = sqlc.arg(digest), outcome = sqlc.arg(outcome), case_id = sqlc.arg(case_id),
    record = sqlc.arg(record), saved = sqlc.arg(saved), beside = sqlc.arg(beside), at = sqlc.arg(at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: SentDraft :one
SELECT * FROM device_draft WHERE id = $1;
