-- name: Account :one
SELECT * FROM account WHERE id = $1;

-- name: AccountByLogin :one
SELECT * FROM account WHERE login = $1;

-- name: Accounts :many
SELECT * FROM account ORDER BY login;

-- name: AddAccount :execrows
INSERT INTO account (id, login, name, office, language, zone, state, demo, kem, sign, keys, locks, created, version, linker, waits, let_in_by, let_in,
    let_in_proof)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING;

-- name: SetAccount :execrows
UPDATE account SET name = sqlc.arg(name), office = sqlc.arg(office), language = sqlc.arg(language), zone = sqlc.arg(zone),
    state = sqlc.arg(state), kem = sqlc.arg(kem), sign = sqlc.arg(sign), keys = sqlc.arg(keys), locks = sqlc.arg(locks),
    linker = sqlc.arg(linker), waits = sqlc.arg(waits), let_in_by = sqlc.arg(let_in_by), let_in = sqlc.arg(let_in),
    let_in_proof = sqlc.arg(let_in_proof), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: AddInvitation :exec
INSERT INTO invitation (hash, user_id, ends, maker, proof) VALUES ($1, $2, $3, $4, $5);

-- name: Invitation :one
SELECT * FROM invitation WHERE hash = $1;

-- name: DropInvitation :exec
DELETE FROM invitation WHERE hash = $1;

-- name: DropInvitations :exec
DELETE FROM invitation WHERE user_id = $1;

-- name: AddSession :exec
INSERT INTO session (id, user_id, hash, sealed, role, desk, address, created, seen, ends, owes, unlinked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: SessionByHash :one
SELECT * FROM session WHERE hash = $1;

-- name: SessionsOf :many
SELECT * FROM session WHERE user_id = $1 ORDER BY created, id;

-- name: SetSessionPlace :execrows
UPDATE session SET role = $2, desk = $3, seen = $4, owes = $5, unlinked = $6 WHERE id = $1;

-- name: SeeSession :exec
UPDATE session SET seen = $2 WHERE id = $1 AND seen < $2;

-- name: DropSession :exec
DELETE FROM session WHERE id = $1;

-- name: DropSessionsOf :exec
DELETE FROM session WHERE user_id = $1;

-- name: DropSessionsBefore :execrows
DELETE FROM session WHERE ends <= $1 OR seen <= $2;

-- name: Attempt :one
SELECT * FROM attempt WHERE key = $1;

-- name: SetAttempt :exec
INSERT INTO attempt (key, count, until) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET count = excluded.count, until = excluded.until;

-- name: DropAttempt :exec
DELETE FROM attempt WHERE key = $1;
