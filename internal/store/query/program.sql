-- name: AddServiceAccount :exec
INSERT INTO service_account (id, name, desk, realm, purposes, networks, days, state, maker, made, confirmer, confirmed, epoch, ends, digest, drawn,
    used, used_from, revoked, revoker, version, quota, kem, keys, locks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, '', 0, '', 1, $17, $18, $19, $20);

-- name: SetServiceAccount :execrows
UPDATE service_account SET state = sqlc.arg(state), confirmer = sqlc.arg(confirmer), confirmed = sqlc.arg(confirmed), epoch = sqlc.arg(epoch),
    ends = sqlc.arg(ends), digest = sqlc.arg(digest), drawn = sqlc.arg(drawn), revoked = sqlc.arg(revoked), revoker = sqlc.arg(revoker),
    kem = sqlc.arg(kem), keys = sqlc.arg(keys), locks = sqlc.arg(locks), by_desk = sqlc.arg(by_desk), desk_proof = sqlc.arg(desk_proof),
    by_officer = sqlc.arg(by_officer), officer_mark = sqlc.arg(officer_mark), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: ServiceAccount :one
SELECT * FROM service_account WHERE id = $1;

-- name: ServiceAccounts :many
SELECT * FROM service_account ORDER BY id;

-- name: SeeServiceAccount :exec
UPDATE service_account SET used = sqlc.arg(used), used_from = sqlc.arg(used_from) WHERE id = sqlc.arg(id) AND used < sqlc.arg(used);

-- name: CountServiceAccount :one
UPDATE service_account SET opened = CASE WHEN day = sqlc.arg(day) THEN opened + 1 ELSE 1 END, day = sqlc.arg(day) WHERE id = sqlc.arg(id)
RETURNING opened;

-- name: ReadersAt :many
SELECT * FROM service_account WHERE desk = $1 AND state <> 'revoked' AND quota > 0 ORDER BY id;

-- name: SetReaderGrants :execrows
UPDATE service_account SET by_desk = sqlc.arg(by_desk), desk_proof = sqlc.arg(desk_proof), by_officer = sqlc.arg(by_officer),
    officer_mark = sqlc.arg(officer_mark) WHERE id = sqlc.arg(id);
