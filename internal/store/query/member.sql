-- name: Rosters :many
SELECT version, hash, received, disputed FROM member_roster ORDER BY version DESC LIMIT $1;

-- name: RosterAt :one
SELECT version, hash, received, disputed, body FROM member_roster WHERE version = $1;

-- name: SetRoster :exec
INSERT INTO member_roster (version, hash, received, disputed, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (version) DO UPDATE SET hash = excluded.hash, received = excluded.received, disputed = excluded.disputed, body = excluded.body;

-- name: Sheets :many
SELECT member, version, received, disputed, body FROM member_sheet WHERE member = $1 ORDER BY version DESC LIMIT $2;

-- name: SheetAt :one
SELECT member, version, received, disputed, body FROM member_sheet WHERE member = $1 AND version = $2;

-- name: SetSheet :exec
INSERT INTO member_sheet (member, version, received, disputed, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (member, version) DO UPDATE SET received = excluded.received, disputed = excluded.disputed, body = excluded.body;

-- name: Blocks :many
SELECT member, reason, author, since FROM member_block ORDER BY member;

-- name: SetBlock :exec
INSERT INTO member_block (member, reason, author, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: DropBlock :exec
DELETE FROM member_block WHERE member = $1;
