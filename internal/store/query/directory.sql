-- name: AddOrganisation :exec
INSERT INTO directory (id, desk, source, body, sealed, sealed_version, verified, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SetOrganisation :execrows
UPDATE directory SET body = sqlc.arg(body), sealed = sqlc.arg(sealed), sealed_version = sqlc.arg(sealed_version),
    verified = sqlc.arg(verified), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Organisation :one
SELECT * FROM directory WHERE id = $1;

-- name: OrganisationFrom :one
SELECT * FROM directory WHERE source = $1 AND source <> '';

-- name: Organisations :many
SELECT * FROM directory WHERE id > sqlc.arg(after) ORDER BY id LIMIT sqlc.arg(many);

-- name: OrganisationBox :one
SELECT * FROM directory_box WHERE id = $1;

-- name: SetOrganisationBox :exec
INSERT INTO directory_box (id, generation, sealed) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed;

-- name: OrganisationCapacity :many
SELECT * FROM directory_capacity WHERE organisation = $1 ORDER BY service;

-- name: SetOrganisationCapacity :exec
INSERT INTO directory_capacity (organisation, service, light, said) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation, service) DO UPDATE SET light = excluded.light, said = excluded.said;
