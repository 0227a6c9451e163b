-- name: AddPublication :exec
INSERT INTO publication (id, version, member, seq, kind, withdrawn, hash, bytes, from_peer, received, current, disputed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: MarkPublication :exec
UPDATE publication SET current = sqlc.arg(current), disputed = sqlc.arg(disputed)
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: PublicationVersions :many
SELECT * FROM publication WHERE id = $1 ORDER BY version;

-- name: PublicationAt :one
SELECT * FROM publication WHERE member = $1 AND seq = $2;

-- name: PublicationsAfter :many
SELECT * FROM publication WHERE member = sqlc.arg(member) AND seq > sqlc.arg(seq) ORDER BY seq LIMIT sqlc.arg(many);

-- name: Publications :many
SELECT * FROM publication WHERE current AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
    AND (CAST(sqlc.arg(member) AS TEXT) = '' OR member = sqlc.arg(member))
    AND (CAST(sqlc.arg(withdrawn) AS BOOLEAN) OR NOT withdrawn)
ORDER BY id LIMIT sqlc.arg(many);

-- name: PublicationMarks :many
SELECT member, seq FROM publication_mark ORDER BY member;

-- name: SetPublicationMark :exec
INSERT INTO publication_mark (member, seq) VALUES ($1, $2) ON CONFLICT (member) DO UPDATE SET seq = excluded.seq;

-- name: AddPublicationFork :exec
INSERT INTO publication_fork (digest, member, first, second, found) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: PublicationForks :many
SELECT member, first, second, found FROM publication_fork ORDER BY found, digest;

-- name: PublicationGreeted :one
SELECT at FROM publication_greeted WHERE member = $1;

-- name: SetPublicationGreeted :exec
INSERT INTO publication_greeted (member, at) VALUES ($1, $2) ON CONFLICT (member) DO UPDATE SET at = excluded.at;

-- name: AddHome :exec
INSERT INTO publication_home (id, kind, body, user_id, at, version) VALUES ($1, $2, $3, $4, $5, 1);

-- name: SetHome :execrows
UPDATE publication_home SET body = sqlc.arg(body), user_id = sqlc.arg(user_id), at = sqlc.arg(at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: DropHome :execrows
DELETE FROM publication_home WHERE id = $1 AND version = $2;

-- name: Home :one
SELECT * FROM publication_home WHERE id = $1;

-- name: Homes :many
SELECT * FROM publication_home ORDER BY at, id LIMIT $1;
