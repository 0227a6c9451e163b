-- name: NoteAccess :exec
INSERT INTO access_day (user_id, day, case_id, role, opened, wrote) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id, day, case_id) DO UPDATE SET wrote = access_day.wrote OR excluded.wrote, role = excluded.role,
    opened = CASE WHEN access_day.opened = 0 THEN excluded.opened ELSE access_day.opened END;

-- name: NoteOpening :exec
INSERT INTO case_opening (case_id, day, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: Openings :many
SELECT case_id, day, role FROM case_opening WHERE case_id = $1 ORDER BY day DESC, role LIMIT $2;

-- name: DropOpenings :exec
DELETE FROM case_opening WHERE case_id = $1;

-- name: AccessSince :many
SELECT * FROM access_day WHERE user_id = $1 AND day >= $2 ORDER BY day, case_id;

-- name: ForgetAccess :exec
DELETE FROM access_day WHERE day < $1;

-- name: SetAlert :exec
INSERT INTO access_alert (user_id, day, rule, role, since, until, seen, usual, cases, made)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (user_id, day, rule) DO UPDATE SET role = excluded.role, since = excluded.since, until = excluded.until,
    seen = excluded.seen, usual = excluded.usual, cases = excluded.cases;

-- name: AlertsOn :many
SELECT * FROM access_alert WHERE user_id = $1 AND day = $2 ORDER BY rule;

-- name: Alerts :many
SELECT * FROM access_alert WHERE made <= $1 ORDER BY made DESC, user_id, rule LIMIT $2;
