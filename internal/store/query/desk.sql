-- name: Desk :one
SELECT * FROM desk WHERE id = $1;

-- name: Desks :many
SELECT * FROM desk ORDER BY id;

-- name: AddDesk :execrows
INSERT INTO desk (id, organisation, kind, realm, purpose, state, function, competence, languages, zone, deputy, coordinator,
    out_of_hours, public, verified_on, version, sector)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (id) DO NOTHING;

-- name: SetDesk :execrows
UPDATE desk SET organisation = sqlc.arg(organisation), state = sqlc.arg(state), function = sqlc.arg(function),
    competence = sqlc.arg(competence), languages = sqlc.arg(languages), zone = sqlc.arg(zone), deputy = sqlc.arg(deputy),
    coordinator = sqlc.arg(coordinator), out_of_hours = sqlc.arg(out_of_hours), public = sqlc.arg(public),
    verified_on = sqlc.arg(verified_on), sector = sqlc.arg(sector), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: DeskMembers :many
SELECT * FROM desk_member WHERE desk = $1 ORDER BY user_id;

-- name: DesksOfUser :many
SELECT * FROM desk_member WHERE user_id = $1 ORDER BY desk;

-- name: SetDeskMember :exec
INSERT INTO desk_member (desk, user_id, role, state, proposed_by, granted_by, since, grant_record, grant_proof)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (desk, user_id) DO UPDATE SET role = excluded.role, state = excluded.state, proposed_by = excluded.proposed_by,
    granted_by = excluded.granted_by, since = excluded.since, grant_record = excluded.grant_record, grant_proof = excluded.grant_proof;

-- name: DeskShifts :many
SELECT * FROM desk_shift WHERE desk = $1 AND ends > $2 ORDER BY begins, user_id;

-- name: DropDeskShifts :exec
DELETE FROM desk_shift WHERE desk = $1 AND begins >= $2;

-- name: AddDeskShift :exec
INSERT INTO desk_shift (desk, user_id, begins, ends) VALUES ($1, $2, $3, $4);

-- name: DeskAbsences :many
SELECT * FROM desk_absence WHERE desk = $1 AND ends > $2 ORDER BY begins, user_id;

-- name: SetDeskAbsence :exec
INSERT INTO desk_absence (desk, user_id, begins, ends, stand_in, entered_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (desk, user_id) DO UPDATE SET begins = excluded.begins, ends = excluded.ends, stand_in = excluded.stand_in, entered_by = excluded.entered_by;

-- name: DropDeskAbsence :execrows
DELETE FROM desk_absence WHERE desk = $1 AND user_id = $2;
