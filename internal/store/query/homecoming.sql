-- name: AddReturn :exec
INSERT INTO case_return (id, case_id, desk, country, state, maker, made, decided, interest, second, consent, space, record, assessor,
    assessed, signer, signed, red, referral, departed, arrived, point, reason, ended, peer, thread, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, 1);

-- name: SetReturn :execrows
UPDATE case_return SET state = sqlc.arg(state), decided = sqlc.arg(decided), interest = sqlc.arg(interest), second = sqlc.arg(second),
    peer = sqlc.arg(peer), thread = sqlc.arg(thread),
    consent = sqlc.arg(consent), space = sqlc.arg(space), record = sqlc.arg(record), assessor = sqlc.arg(assessor),
    assessed = sqlc.arg(assessed), signer = sqlc.arg(signer), signed = sqlc.arg(signed), red = sqlc.arg(red),
    referral = sqlc.arg(referral), departed = sqlc.arg(departed), arrived = sqlc.arg(arrived), point = sqlc.arg(point),
    reason = sqlc.arg(reason), ended = sqlc.arg(ended), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: OneReturn :one
SELECT * FROM case_return WHERE id = $1;

-- name: ReturnsOf :many
SELECT * FROM case_return WHERE case_id = $1 ORDER BY id;

-- name: ReturnsUnder :many
SELECT * FROM case_return WHERE consent = $1 ORDER BY id;

-- name: ReturnsAt :many
SELECT * FROM case_return
WHERE (desk = sqlc.arg(desk) OR second = sqlc.arg(desk) AND peer = '') AND id > sqlc.arg(after) AND state <> 'closed' AND state <> 'stopped'
ORDER BY id LIMIT sqlc.arg(max);

-- name: DropReturns :exec
DELETE FROM case_return WHERE case_id = $1;
