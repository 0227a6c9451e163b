-- name: AddCaseLink :exec
INSERT INTO case_link (id, one, other, one_sealed, other_sealed, body, version) VALUES ($1, $2, $3, $4, $5, $6, 1);

-- name: SetCaseLink :execrows
UPDATE case_link SET one = sqlc.arg(one), other = sqlc.arg(other), one_sealed = sqlc.arg(one_sealed), other_sealed = sqlc.arg(other_sealed),
    body = sqlc.arg(body), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: CaseLinkCalled :one
SELECT * FROM case_link WHERE one = sqlc.arg(name) OR other = sqlc.arg(name);
