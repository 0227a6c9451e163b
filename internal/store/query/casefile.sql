-- name: PlaceOf :one
SELECT id, person, desk, realm, owner, age_class, state FROM case_file WHERE id = $1;

-- name: SetAgeClass :execrows
UPDATE case_file SET age_class = $2 WHERE id = $1;

-- name: AddCase :exec
INSERT INTO case_file (id, reference, person, desk, realm, state, age_class, asylum, origins, status, grade, assessed, review,
    owner, opened, closed, closure, action, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1);

-- name: SetCase :execrows
UPDATE case_file SET desk = sqlc.arg(desk), state = sqlc.arg(state), asylum = sqlc.arg(asylum), origins = sqlc.arg(origins),
    status = sqlc.arg(status), grade = sqlc.arg(grade), assessed = sqlc.arg(assessed), review = sqlc.arg(review),
    closed = sqlc.arg(closed), closure = sqlc.arg(closure), action = sqlc.arg(action), into_case = sqlc.arg(into_case),
    version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: CaseFile :one
SELECT * FROM case_file WHERE id = $1;

-- name: CaseCalled :one
SELECT * FROM case_file WHERE reference = $1;

-- name: CasesAt :many
SELECT * FROM case_file
WHERE desk = sqlc.arg(desk) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(owner) AS TEXT) = '' OR owner = CAST(sqlc.arg(owner) AS TEXT))
    AND (CAST(sqlc.arg(state) AS TEXT) = '' AND state <> 'erased' AND state <> 'merged' OR state = CAST(sqlc.arg(state) AS TEXT))
ORDER BY id LIMIT sqlc.arg(max);

-- name: CasesInto :many
SELECT * FROM case_file WHERE into_case = $1 AND into_case <> '' ORDER BY id;

-- name: AddRelease :exec
INSERT INTO case_release (id, case_id, desk, basis, consent, category, handling, state, record, compartment, maker, approver,
    made, ended, until, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1);

-- name: SetRelease :execrows
UPDATE case_release SET state = sqlc.arg(state), approver = sqlc.arg(approver), ended = sqlc.arg(ended), until = sqlc.arg(until),
    version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Release :one
SELECT * FROM case_release WHERE id = $1;

-- name: ReleasesOf :many
SELECT * FROM case_release WHERE case_id = $1 ORDER BY made, id;

-- name: ReleasesTo :many
SELECT * FROM case_release WHERE desk = $1 AND state = 'active' ORDER BY made, id;

-- name: AddGlass :exec
INSERT INTO case_glass (id, case_id, user_id, desk, second, reason, at, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: Glass :one
SELECT * FROM case_glass WHERE id = $1;

-- name: GlassOf :many
SELECT * FROM case_glass WHERE case_id = $1 AND until > $2 ORDER BY until, id;
