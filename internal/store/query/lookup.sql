-- name: LookupPiece :one
SELECT * FROM lookup_piece WHERE name = $1;

-- name: AddLookupPiece :exec
INSERT INTO lookup_piece (name, value, version) VALUES ($1, $2, 1);

-- name: SetLookupPiece :execrows
UPDATE lookup_piece SET value = @value, version = version + 1 WHERE name = @name AND version = @version;

-- name: AddLookup :exec
INSERT INTO lookup_question (id, case_id, desk, class, stage, made, value, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1);

-- name: SetLookup :execrows
UPDATE lookup_question SET desk = @desk, stage = @stage, value = @value, version = version + 1 WHERE id = @id AND version = @version;

-- name: DropLookup :exec
DELETE FROM lookup_question WHERE id = $1;

-- name: Lookup :one
SELECT * FROM lookup_question WHERE id = $1;

-- name: LookupsOf :many
SELECT * FROM lookup_question WHERE case_id = $1 ORDER BY made, id;

-- name: LookupsAt :many
SELECT * FROM lookup_question WHERE desk = $1 AND class = $2 AND stage = $3 ORDER BY made, id LIMIT $4;

-- name: LookupsIn :many
SELECT * FROM lookup_question WHERE stage = $1 ORDER BY made, id LIMIT $2;

-- name: AddLookupHeard :exec
INSERT INTO lookup_heard (id, member, step, at, value) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id, member, step) DO NOTHING;

-- name: LookupsHeard :many
SELECT * FROM lookup_heard ORDER BY at, id, member, step LIMIT $1;

-- name: DropLookupHeard :exec
DELETE FROM lookup_heard WHERE id = $1 AND member = $2 AND step = $3;

-- name: AddLookupLog :exec
INSERT INTO lookup_log (id, member, officer, class, at, many, digest, refused) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: LookupUsed :one
SELECT CAST(COALESCE(SUM(many), 0) AS BIGINT) FROM lookup_log WHERE class = @class AND at > @since AND refused = ''
    AND (CAST(@member AS TEXT) = '' OR member = @member) AND (CAST(@officer AS TEXT) = '' OR officer = @officer);

-- name: LookupLog :many
SELECT * FROM lookup_log WHERE at > @since ORDER BY at, id, member, class LIMIT @many;

-- name: ForgetLookupLog :execrows
DELETE FROM lookup_log WHERE at < $1;

-- name: AddLookupTag :exec
INSERT INTO lookup_tag (case_id, epoch, tag, template, realm) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (case_id, epoch, tag) DO NOTHING;

-- name: DropLookupTags :exec
DELETE FROM lookup_tag WHERE case_id = $1;

-- name: LookupTagged :many
SELECT * FROM lookup_tag WHERE tag = $1 AND epoch = $2 AND realm = $3 ORDER BY case_id LIMIT $4;

-- name: AddLookupEnrolled :exec
INSERT INTO lookup_enrolled (case_id, desk, consent, epoch, record, at, waits) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: DropLookupEnrolled :exec
DELETE FROM lookup_enrolled WHERE case_id = $1;

-- name: LookupEnrolled :one
SELECT * FROM lookup_enrolled WHERE case_id = $1;

-- name: LookupsEnrolled :many
SELECT * FROM lookup_enrolled WHERE case_id > $1 ORDER BY case_id LIMIT $2;

-- name: LookupsWanting :many
SELECT c.* FROM consent c JOIN case_file f ON f.id = c.case_id
WHERE f.desk = @desk AND c.origin = 'here' AND c.state = 'given' AND c.unconfirmed = 0 AND c.valid_from <= @now AND c.valid_to > @now
    AND c.purposes LIKE @purpose AND f.state <> 'erased' AND f.state <> 'merged'
ORDER BY c.case_id, c.given, c.id;

-- name: AddLookupHit :exec
INSERT INTO lookup_hit (id, case_id, desk, state, due, value, version) VALUES ($1, $2, $3, $4, $5, $6, 1);

-- name: SetLookupHit :execrows
UPDATE lookup_hit SET desk = @desk, state = @state, value = @value, version = version + 1 WHERE id = @id AND version = @version;

-- name: LookupHit :one
SELECT * FROM lookup_hit WHERE id = $1;

-- name: LookupHitsOn :many
SELECT * FROM lookup_hit WHERE case_id = $1 ORDER BY id;

-- name: LookupHitsAt :many
SELECT * FROM lookup_hit WHERE desk = $1 ORDER BY id DESC LIMIT $2;

-- name: LookupHitsDue :many
SELECT * FROM lookup_hit WHERE state = 'open' AND due <= $1 ORDER BY due, id LIMIT $2;

-- name: DropLookupHits :exec
DELETE FROM lookup_hit WHERE case_id = $1;

-- name: DropLookupsOf :exec
DELETE FROM lookup_question WHERE case_id = $1;

-- name: AddLookupDemand :execrows
INSERT INTO lookup_demand (id, member, side, digest, at, due, found, ended, reported) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
ON CONFLICT (id, member, side, digest) DO NOTHING;

-- name: SetLookupDemand :exec
UPDATE lookup_demand SET found = @found, ended = @ended, reported = @reported WHERE id = @id AND member = @member AND side = @side AND digest = @digest;

-- name: LookupDemands :many
SELECT * FROM lookup_demand WHERE side = $1 ORDER BY at DESC, id LIMIT $2;

-- name: LookupDemandsOf :many
SELECT * FROM lookup_demand WHERE id = $1 ORDER BY at, member, side;

-- name: LookupDemandsDue :many
SELECT * FROM lookup_demand WHERE found = '' AND reported = 0 AND due > 0 AND due <= $1 ORDER BY due, id LIMIT $2;

-- name: ForgetLookupDemands :execrows
DELETE FROM lookup_demand WHERE at < $1;

-- name: LookupsDemanded :many
SELECT q.* FROM lookup_question q WHERE q.desk = $1 AND q.id IN (SELECT d.id FROM lookup_demand d WHERE d.found = '' AND d.side <> 'ours')
ORDER BY q.made, q.id LIMIT $2;

-- name: LookupsToDemand :many
SELECT * FROM lookup_log l WHERE l.class = @class AND l.refused = '' AND l.member <> @member AND length(l.digest) > 0
    AND NOT EXISTS (SELECT 1 FROM lookup_demand d WHERE d.id = l.id AND d.member = l.member AND d.side = 'ours' AND d.digest = l.digest)
ORDER BY l.at, l.id, l.member LIMIT @many;

-- name: LookupLogged :one
SELECT count(*) FROM lookup_log WHERE id = $1 AND member = $2 AND digest = $3;

-- name: AddLookupOpening :exec
INSERT INTO lookup_opening (id, digest, at, desk, pair, box, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: LookupOpenings :many
SELECT * FROM lookup_opening WHERE id = $1 ORDER BY at, digest;

-- name: ForgetLookupOpenings :execrows
DELETE FROM lookup_opening WHERE at < $1;

-- name: FirstLookupOpening :one
SELECT CAST(COALESCE(MIN(at), 0) AS BIGINT) FROM lookup_opening;
