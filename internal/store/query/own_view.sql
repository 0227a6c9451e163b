-- name: AddOwnView :exec
INSERT INTO own_view (id, case_id, home, lookup, public, capsule, made, maker, ended, cause, stale, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0, 1);

-- name: SetOwnView :execrows
UPDATE own_view SET case_id = sqlc.arg(case_id), lookup = sqlc.arg(lookup), public = sqlc.arg(public), capsule = sqlc.arg(capsule),
    ended = CAST(sqlc.arg(ended) AS BIGINT), cause = sqlc.arg(cause), stale = CASE WHEN CAST(sqlc.arg(ended) AS BIGINT) = 0 THEN stale ELSE 0 END, version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: SealOwnView :exec
UPDATE own_view SET capsule = sqlc.arg(capsule), stale = CASE WHEN stale = CAST(sqlc.arg(stale) AS BIGINT) THEN 0 ELSE stale END
WHERE id = sqlc.arg(id) AND ended = 0 AND version = sqlc.arg(version);

-- name: OwnView :one
SELECT * FROM own_view WHERE case_id = $1 AND ended = 0;

-- name: OwnViewAt :one
SELECT * FROM own_view WHERE lookup = $1 AND lookup <> '';

-- name: OwnViewNamed :one
SELECT * FROM own_view WHERE id = $1;

-- name: OwnViews :many
SELECT * FROM own_view WHERE home = $1 ORDER BY made, id;

-- name: StaleOwnViews :many
SELECT * FROM own_view WHERE stale > 0 ORDER BY id LIMIT $1;

-- name: AddOwnWithdrawal :exec
INSERT INTO own_withdrawal (consent, case_id, view_id, made, confirmed, confirmer, outcome, version) VALUES ($1, $2, $3, $4, 0, '', '', 1);

-- name: SetOwnWithdrawal :execrows
UPDATE own_withdrawal SET confirmed = sqlc.arg(confirmed), confirmer = sqlc.arg(confirmer), outcome = sqlc.arg(outcome), version = version + 1
WHERE consent = sqlc.arg(consent) AND version = sqlc.arg(version);

-- name: OwnWithdrawal :one
SELECT * FROM own_withdrawal WHERE consent = $1;

-- name: OwnWithdrawals :many
SELECT * FROM own_withdrawal WHERE case_id = $1 ORDER BY made, consent;
