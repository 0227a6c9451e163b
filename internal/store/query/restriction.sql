-- name: AddRestriction :exec
INSERT INTO processing_restriction (id, case_id, reference, desk, realm, ground, placed, placer, told, teller, how, lifted, lifter, because, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', 0, '', '', 1);

-- name: SetRestriction :execrows
UPDATE processing_restriction SET noticed = sqlc.arg(noticed), noticer = sqlc.arg(noticer), notice = sqlc.arg(notice),
    told = sqlc.arg(told), teller = sqlc.arg(teller), how = sqlc.arg(how), lifted = sqlc.arg(lifted),
    lifter = sqlc.arg(lifter), because = sqlc.arg(because), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Restriction :one
SELECT * FROM processing_restriction WHERE id = $1;

-- name: RestrictionOf :one
SELECT * FROM processing_restriction WHERE case_id = $1 AND lifted = 0;

-- name: RestrictionsOf :many
SELECT * FROM processing_restriction WHERE case_id = $1 ORDER BY placed, id;

-- name: Restrictions :many
SELECT * FROM processing_restriction
WHERE lifted = 0 AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY id LIMIT sqlc.arg(max);

-- name: SetRestrictionReason :exec
INSERT INTO restriction_reason (restriction, user_id, until) VALUES ($1, $2, $3)
ON CONFLICT (restriction, user_id) DO UPDATE SET until = excluded.until;

-- name: RestrictionReason :one
SELECT until FROM restriction_reason WHERE restriction = $1 AND user_id = $2;
