-- name: AddConference :exec
INSERT INTO case_conference (id, case_id, desk, purpose, state, maker, made, meets, record, draft, written, ended, reason, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1);

-- name: SetConference :execrows
UPDATE case_conference SET state = sqlc.arg(state), meets = sqlc.arg(meets), record = sqlc.arg(record), draft = sqlc.arg(draft),
    written = sqlc.arg(written), ended = sqlc.arg(ended), reason = sqlc.arg(reason), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: OneConference :one
SELECT * FROM case_conference WHERE id = $1;

-- name: ConferencesOf :many
SELECT * FROM case_conference WHERE case_id = $1 ORDER BY id;

-- name: ConferencesAt :many
SELECT c.* FROM case_conference c
WHERE (c.desk = sqlc.arg(desk) OR c.id IN (SELECT s.conference FROM case_conference_seat s WHERE s.desk = sqlc.arg(desk) AND NOT s.shut))
    AND c.id > sqlc.arg(after) AND c.state <> 'settled' AND c.state <> 'ended'
ORDER BY c.id LIMIT sqlc.arg(max);

-- name: DropConferences :exec
DELETE FROM case_conference WHERE case_id = $1;

-- name: AddSeat :exec
INSERT INTO case_conference_seat (conference, n, case_id, desk, realm, kind, basis, ground, space, record, until, signs, presence, reply, replier,
    replied, shut, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1);

-- name: SetSeat :execrows
UPDATE case_conference_seat SET signs = sqlc.arg(signs), presence = sqlc.arg(presence), reply = sqlc.arg(reply),
    replier = sqlc.arg(replier), replied = sqlc.arg(replied), shut = sqlc.arg(shut), version = version + 1
WHERE conference = sqlc.arg(conference) AND n = sqlc.arg(n) AND version = sqlc.arg(version);

-- name: DropSeat :exec
DELETE FROM case_conference_seat WHERE conference = $1 AND n = $2;

-- name: DropSeats :exec
DELETE FROM case_conference_seat WHERE case_id = $1;

-- name: SeatsIn :many
SELECT * FROM case_conference_seat WHERE conference = $1 ORDER BY n;

-- name: SeatsOn :many
SELECT * FROM case_conference_seat WHERE ground = $1 ORDER BY conference, n;
