-- name: Region :one
SELECT * FROM region_release WHERE id = $1;

-- name: Regions :many
SELECT * FROM region_release WHERE heard <= @until ORDER BY heard DESC, id DESC LIMIT sqlc.arg(max);

-- name: AddRegion :exec
INSERT INTO region_release (id, heard, value, version) VALUES ($1, $2, $3, 1);

-- name: SetRegion :execrows
UPDATE region_release SET value = @value, version = version + 1 WHERE id = @id AND version = @version;

-- name: RegionLedger :one
SELECT * FROM region_ledger WHERE id = 1;

-- name: AddRegionLedger :exec
INSERT INTO region_ledger (id, value, version) VALUES (1, $1, 1);

-- name: SetRegionLedger :execrows
UPDATE region_ledger SET value = @value, version = version + 1 WHERE id = 1 AND version = @version;
