-- name: AddJoint :exec
INSERT INTO joint (id, desk, side, peer_member, peer_desk, return_id, referral_id, reference, consent_id, basis, until, state, code,
    envelope, answer, intake, user_id, at, opened, body, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: SetJoint :execrows
UPDATE joint SET referral_id = sqlc.arg(referral_id), consent_id = sqlc.arg(consent_id), basis = sqlc.arg(basis), until = sqlc.arg(until),
    state = sqlc.arg(state), code = sqlc.arg(code), envelope = sqlc.arg(envelope), answer = sqlc.arg(answer), intake = sqlc.arg(intake),
    user_id = sqlc.arg(user_id), at = sqlc.arg(at), opened = sqlc.arg(opened), body = sqlc.arg(body), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: SetJointBox :exec
INSERT INTO joint_box (joint_id, desk, generation, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (joint_id, desk) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: DropJointBox :exec
DELETE FROM joint_box WHERE joint_id = $1 AND desk = $2;

-- name: JointBox :one
SELECT generation, sealed FROM joint_box WHERE joint_id = $1 AND desk = $2;

-- name: Joint :one
SELECT * FROM joint WHERE id = $1 AND desk = $2;

-- name: JointEnds :many
SELECT * FROM joint WHERE id = $1 ORDER BY desk;

-- name: JointsAt :many
SELECT * FROM joint WHERE desk = sqlc.arg(desk) AND id > sqlc.arg(after) AND side = 'b' AND state <> 'over' ORDER BY id LIMIT sqlc.arg(max);

-- name: JointsUnder :many
SELECT * FROM joint WHERE consent_id = $1 ORDER BY id, desk;

-- name: JointsPast :many
SELECT * FROM joint WHERE until > 0 AND until <= sqlc.arg(now) AND state <> 'over' ORDER BY until LIMIT sqlc.arg(max);

-- name: JointSealedTo :one
SELECT COUNT(*) FROM joint WHERE intake = $1 AND intake <> '';
