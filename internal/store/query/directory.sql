-- name: AddOrganisation :exec
INSERT INTO directory (id, desk, source, body, sealed, sealed_version, verified, version, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SetOrganisation :execrows
UPDATE directory SET desk = sqlc.arg(desk), state = sqlc.arg(state), body = sqlc.arg(body), sealed = sqlc.arg(sealed), sealed_version = sqlc.arg(sealed_version),
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

-- name: LightsSince :many
SELECT * FROM directory_capacity WHERE said > $1 ORDER BY organisation, service;

-- name: SetOrganisationCapacity :exec
INSERT INTO directory_capacity (organisation, service, light, said) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation, service) DO UPDATE SET light = excluded.light, said = excluded.said;

-- name: DropOrganisation :execrows
DELETE FROM directory WHERE id = $1;

-- name: DropOrganisationBox :exec
DELETE FROM directory_box WHERE id = $1;

-- name: DropOrganisationCapacity :exec
DELETE FROM directory_capacity WHERE organisation = $1;

-- name: SetOrganisationOffer :exec
INSERT INTO directory_offer (id, desk, pair, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET desk = excluded.desk, pair = excluded.pair, sealed = excluded.sealed;

-- name: OrganisationOffer :one
SELECT * FROM directory_offer WHERE id = $1;

-- name: DropOrganisationOffer :exec
DELETE FROM directory_offer WHERE id = $1;

-- name: NameService :exec
INSERT INTO directory_named (organisation, service, desk) VALUES ($1, $2, $3) ON CONFLICT (organisation, service, desk) DO NOTHING;

-- name: ServicesNamed :many
SELECT * FROM directory_named WHERE organisation = $1 ORDER BY service, desk;

-- name: NameServicesToo :exec
INSERT INTO directory_named (organisation, service, desk)
SELECT n.organisation, n.service, CAST(sqlc.arg(other) AS TEXT) FROM directory_named n WHERE n.desk = sqlc.arg(desk)
ON CONFLICT (organisation, service, desk) DO NOTHING;
