-- name: AddSealedRow :execrows
INSERT INTO sealed_row (id, case_id, compartment_id, kind, version, created, updated, author, digest, body)
VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING;

-- name: SetSealedRow :execrows
UPDATE sealed_row SET compartment_id = sqlc.arg(compartment_id), version = sqlc.arg(version), updated = sqlc.arg(updated),
    author = sqlc.arg(author), digest = sqlc.arg(digest), body = sqlc.arg(body)
WHERE id = sqlc.arg(id) AND case_id = sqlc.arg(case_id) AND kind = sqlc.arg(kind) AND version = sqlc.arg(version) - 1;

-- name: ResealRow :execrows
UPDATE sealed_row SET digest = sqlc.arg(digest), body = sqlc.arg(body)
WHERE id = sqlc.arg(id) AND case_id = sqlc.arg(case_id) AND version = sqlc.arg(version) AND digest = sqlc.arg(was);

-- name: SealedRow :one
SELECT id, case_id, compartment_id, kind, version, created, author, body FROM sealed_row WHERE id = $1;

-- name: SealedRows :many
SELECT id, case_id, compartment_id, kind, version, created, author, body FROM sealed_row
WHERE case_id = $1 ORDER BY created, id;

-- name: SealedRowsOfKind :many
SELECT id, case_id, compartment_id, kind, version, created, author, body FROM sealed_row
WHERE case_id = $1 AND kind = $2 ORDER BY created, id;

-- name: SealedDigests :many
SELECT id, compartment_id, version, digest FROM sealed_row WHERE case_id = $1 ORDER BY id;

-- name: CasesOfCompartment :many
SELECT DISTINCT case_id FROM sealed_row WHERE compartment_id = $1;

-- name: DropSealedRows :execrows
DELETE FROM sealed_row WHERE compartment_id = $1;

-- name: CaseManifest :one
SELECT place, manifest FROM case_manifest WHERE case_id = $1;

-- name: SetCaseManifest :exec
INSERT INTO case_manifest (case_id, place, manifest) VALUES ($1, $2, $3)
ON CONFLICT (case_id) DO UPDATE SET place = excluded.place, manifest = excluded.manifest;
