-- name: AddTransfer :exec
INSERT INTO case_transfer (id, reference, case_id, from_desk, to_desk, realm, state, basis, override, age_class, urgent, record, maker,
    made, decider, responded, reason, alternative, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', 0, '', '', 1);

-- name: SetTransfer :execrows
UPDATE case_transfer SET state = sqlc.arg(state), decider = sqlc.arg(decider), responded = sqlc.arg(responded), reason = sqlc.arg(reason),
    alternative = sqlc.arg(alternative), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: OneTransfer :one
SELECT * FROM case_transfer WHERE id = $1;

-- name: TransfersOf :many
SELECT * FROM case_transfer WHERE case_id = $1 ORDER BY id DESC;

-- name: TransfersAt :many
SELECT * FROM case_transfer
WHERE (from_desk = sqlc.arg(desk) OR to_desk = sqlc.arg(desk)) AND (CAST(sqlc.arg(before) AS TEXT) = '' OR id < sqlc.arg(before))
ORDER BY id DESC LIMIT sqlc.arg(max);

-- name: HandTask :execrows
UPDATE task SET desk = sqlc.arg(desk), user_id = '', step = sqlc.arg(step), reminded = sqlc.arg(reminded), deputy = '', coordinator = '',
    next = sqlc.arg(next), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: HandReturns :execrows
UPDATE case_return SET desk = sqlc.arg(desk), version = version + 1 WHERE case_id = sqlc.arg(case_id);

-- name: HandHoldings :execrows
UPDATE retention_hold SET desk = sqlc.arg(desk), version = version + 1 WHERE case_id = sqlc.arg(case_id) AND lifted = 0;

-- name: HandSearchHits :execrows
UPDATE search_hit SET desk = sqlc.arg(desk), first = '', said = FALSE, version = version + 1
WHERE case_id = sqlc.arg(case_id) AND state = 'open';
