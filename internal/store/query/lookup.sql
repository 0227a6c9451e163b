-- name: LookupPiece :one
SELECT * FROM lookup_piece WHERE name = $1;

-- name: AddLookupPiece :exec
INSERT INTO lookup_piece (name, value, version) VALUES ($1, $2, 1);

-- name: SetLookupPiece :execrows
UPDATE lookup_piece SET value = @value, version = version + 1 WHERE name = @name AND version = @version;
