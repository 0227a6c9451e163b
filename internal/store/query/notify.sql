-- name: AddNotice :exec
INSERT INTO notice (id, desk, user_id, code, reference, object, since, urgent, state, attempts, next, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: SetNotice :execrows
UPDATE notice SET state = sqlc.arg(state), attempts = sqlc.arg(attempts), next = sqlc.arg(next), version = version + 1
WHERE object = sqlc.arg(object) AND id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: DueNotices :many
SELECT * FROM notice WHERE state = 'queued' AND next <= $1 ORDER BY next, id LIMIT $2;

-- name: EndNotices :exec
DELETE FROM notice WHERE object = $1;

-- name: DropNotice :execrows
DELETE FROM notice WHERE object = $1 AND id = $2 AND version = $3;

-- name: NoticeSetting :one
SELECT * FROM notice_setting WHERE user_id = $1;

-- name: SetNoticeSetting :exec
INSERT INTO notice_setting (user_id, channel, address, quiet_from, quiet_to, zone, language, second, second_address)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (user_id) DO UPDATE SET channel = excluded.channel, address = excluded.address, quiet_from = excluded.quiet_from,
    quiet_to = excluded.quiet_to, zone = excluded.zone, language = excluded.language,
    second = excluded.second, second_address = excluded.second_address;

-- name: NoticeBrowsers :many
SELECT * FROM notice_browser WHERE user_id = $1 ORDER BY made, id;

-- name: AddNoticeBrowser :exec
INSERT INTO notice_browser (id, user_id, address, made) VALUES ($1, $2, $3, $4);

-- name: DropNoticeBrowser :exec
DELETE FROM notice_browser WHERE user_id = $1 AND id = $2;
