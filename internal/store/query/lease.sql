-- name: TakeLease :execrows
INSERT INTO lease (name, holder, until) VALUES (sqlc.arg(name), sqlc.arg(holder), sqlc.arg(until))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until <= sqlc.arg(now);

-- name: DropLease :exec
DELETE FROM lease WHERE name = $1 AND holder = $2;
