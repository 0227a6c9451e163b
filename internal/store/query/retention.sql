-- name: AddHolding :exec
INSERT INTO retention_hold (id, case_id, reference, desk, realm, ground, office, placed, placer, lifted, lifter, because, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', '', 1);

-- name: SetHolding :execrows
UPDATE retention_hold SET lifted = sqlc.arg(lifted), lifter = sqlc.arg(lifter), because = sqlc.arg(because), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Holding :one
SELECT * FROM retention_hold WHERE id = $1;

-- name: HoldingsOf :many
SELECT * FROM retention_hold WHERE case_id = $1 AND lifted = 0 ORDER BY id;

-- name: Holdings :many
SELECT * FROM retention_hold
WHERE lifted = 0 AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY id LIMIT sqlc.arg(max);

-- name: AddPurge :exec
INSERT INTO retention_purge (id, realm, desk, state, digest, maker, made, second, ended, items, dropped, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, $9, 1);

-- name: SetPurge :execrows
UPDATE retention_purge SET state = sqlc.arg(state), second = sqlc.arg(second), ended = sqlc.arg(ended), dropped = sqlc.arg(dropped),
    version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Purge :one
SELECT * FROM retention_purge WHERE id = $1;

-- name: Purges :many
SELECT * FROM retention_purge
WHERE realm = sqlc.arg(realm) AND desk = sqlc.arg(desk) AND (CAST(sqlc.arg(state) AS TEXT) = '' OR state = CAST(sqlc.arg(state) AS TEXT))
ORDER BY id DESC LIMIT sqlc.arg(max);

-- name: ClosedCases :many
SELECT * FROM case_file
WHERE state = 'closed' AND realm = sqlc.arg(realm) AND (status = CAST(sqlc.arg(status) AS TEXT)) = CAST(sqlc.arg(is_it) AS BOOLEAN)
    AND (closed, id) > (CAST(sqlc.arg(since) AS BIGINT), CAST(sqlc.arg(after) AS TEXT))
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY closed, id LIMIT sqlc.arg(max);

-- name: FreeThreads :many
SELECT * FROM thread
WHERE NOT erased AND referral_id = '' AND realm = sqlc.arg(realm)
    AND (last, id) > (CAST(sqlc.arg(since) AS BIGINT), CAST(sqlc.arg(after) AS TEXT))
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY last, id LIMIT sqlc.arg(max);

-- name: Spaces :many
SELECT c.* FROM compartment c JOIN case_file f ON f.id = c.case_id
WHERE c.class = sqlc.arg(class) AND c.class <> '' AND c.state = 'open'
    AND (c.saved, c.id) > (CAST(sqlc.arg(since) AS BIGINT), CAST(sqlc.arg(after) AS TEXT))
    AND (CAST(sqlc.arg(realm) AS TEXT) = '' OR f.realm = CAST(sqlc.arg(realm) AS TEXT))
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR f.desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY c.saved, c.id LIMIT sqlc.arg(max);

-- name: SpacesOfClosed :many
SELECT c.*, f.closed FROM compartment c JOIN case_file f ON f.id = c.case_id
WHERE c.class = sqlc.arg(class) AND c.class <> '' AND c.state = 'open' AND f.state = 'closed' AND f.realm = sqlc.arg(realm)
    AND (f.closed, c.id) > (CAST(sqlc.arg(since) AS BIGINT), CAST(sqlc.arg(after) AS TEXT))
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR f.desk = CAST(sqlc.arg(desk) AS TEXT))
ORDER BY f.closed, c.id LIMIT sqlc.arg(max);

-- name: SetUnsorted :exec
INSERT INTO case_unsorted (case_id)
SELECT DISTINCT r.case_id FROM sealed_row r JOIN compartment c ON c.id = r.compartment_id WHERE r.kind IN ('form', 'screening') AND c.class = ''
ON CONFLICT (case_id) DO NOTHING;

-- name: SetUnsortedReferrals :exec
INSERT INTO case_unsorted (case_id)
SELECT DISTINCT case_id FROM referral WHERE status IN ('draft', 'checked') AND record <> ''
ON CONFLICT (case_id) DO NOTHING;

-- name: Unsorted :one
SELECT count(*) FROM case_unsorted WHERE case_id = $1;

-- name: SetSorted :exec
DELETE FROM case_unsorted WHERE case_id = $1;

-- name: UnsortedCases :many
SELECT f.* FROM case_unsorted u JOIN case_file f ON f.id = u.case_id
WHERE f.state <> 'erased' AND u.case_id > sqlc.arg(after) ORDER BY u.case_id LIMIT sqlc.arg(max);
