-- name: Escrow :one
SELECT * FROM secret_escrow WHERE one = 1;

-- name: SetEscrow :exec
INSERT INTO secret_escrow (one, recovery, sealed, proof, made, used) VALUES (1, $1, $2, $3, $4, $5)
ON CONFLICT (one) DO UPDATE SET recovery = excluded.recovery, sealed = excluded.sealed, proof = excluded.proof,
    made = excluded.made, used = excluded.used;

-- name: Papers :many
SELECT * FROM recovery_paper ORDER BY user_id;

-- name: AddPaper :exec
INSERT INTO recovery_paper (user_id, recovery, at) VALUES ($1, $2, $3);

-- name: DropPapers :exec
DELETE FROM recovery_paper;
