-- name: SearchIndex :one
SELECT * FROM search_index WHERE realm = $1 AND organisation = $2 AND successor = '';

-- name: LeavingSearchIndex :one
SELECT * FROM search_index WHERE realm = $1 AND organisation = $2 AND successor <> '';

-- name: SucceedSearchIndex :exec
UPDATE search_index SET successor = sqlc.arg(successor) WHERE id = sqlc.arg(id);

-- name: AddSearchIndex :exec
INSERT INTO search_index (id, realm, organisation, public, fold, sequence, created) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: RaiseSearchIndex :one
UPDATE search_index SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence;

-- name: DropSearchIndex :exec
DELETE FROM search_index WHERE id = $1;

-- name: SearchHolds :many
SELECT * FROM search_hold WHERE index_id = $1 ORDER BY desk;

-- name: AddSearchHold :exec
INSERT INTO search_hold (index_id, desk, pair, sealed) VALUES ($1, $2, $3, $4);

-- name: DropSearchHolds :exec
DELETE FROM search_hold WHERE index_id = $1;

-- name: SearchEntry :one
SELECT * FROM search_entry WHERE case_id = $1;

-- name: LooseEntries :many
SELECT * FROM search_entry WHERE index_id = sqlc.arg(index_id) AND segment = '' AND seq > sqlc.arg(after) ORDER BY seq LIMIT sqlc.arg(many);

-- name: CountLoose :one
SELECT COUNT(*) FROM search_entry WHERE index_id = $1 AND segment = '';

-- name: CountLooseByFold :many
SELECT fold, COUNT(*) AS many FROM search_entry WHERE index_id = $1 AND segment = '' GROUP BY fold ORDER BY fold;

-- name: OlderEntries :many
SELECT e.case_id, e.seq, e.fold FROM search_entry e JOIN case_file c ON c.id = e.case_id
WHERE e.index_id = sqlc.arg(index_id) AND e.segment = sqlc.arg(segment) AND e.case_id > sqlc.arg(after) AND e.fold < sqlc.arg(fold)
    AND c.desk = sqlc.arg(desk)
ORDER BY e.case_id LIMIT sqlc.arg(many);

-- name: CountOlderEntries :one
SELECT COUNT(*) FROM search_entry e JOIN case_file c ON c.id = e.case_id
WHERE e.index_id = sqlc.arg(index_id) AND e.fold < sqlc.arg(fold) AND c.desk = sqlc.arg(desk);

-- name: AddSearchEntry :exec
INSERT INTO search_entry (case_id, index_id, seq, segment, fold, body) VALUES ($1, $2, $3, '', $4, $5);

-- name: PackSearchEntry :exec
UPDATE search_entry SET index_id = sqlc.arg(index_id), segment = sqlc.arg(segment), fold = sqlc.arg(fold), body = sqlc.arg(body)
WHERE case_id = sqlc.arg(case_id);

-- name: DropSearchEntry :exec
DELETE FROM search_entry WHERE case_id = $1;

-- name: MoveSearchEntries :exec
UPDATE search_entry SET index_id = sqlc.arg(becomes) WHERE index_id = sqlc.arg(was) AND segment = sqlc.arg(segment);

-- name: SearchSegments :many
SELECT id, seq, records, fold FROM search_segment WHERE index_id = $1 ORDER BY id;

-- name: SearchSegment :one
SELECT s.id, s.index_id, s.seq, s.records, s.fold, s.body, m.masks FROM search_segment s JOIN search_mask m ON m.id = s.id WHERE s.id = $1;

-- name: SearchMasks :one
SELECT masks FROM search_mask WHERE id = $1;

-- name: AddSearchSegment :exec
INSERT INTO search_segment (id, index_id, seq, records, fold, body) VALUES ($1, $2, $3, $4, $5, $6);

-- name: AddSearchMasks :exec
INSERT INTO search_mask (id, masks) VALUES ($1, $2);

-- name: SetSearchMasks :exec
UPDATE search_mask SET masks = sqlc.arg(masks) WHERE id = sqlc.arg(id);

-- name: TouchSearchSegment :exec
UPDATE search_segment SET seq = sqlc.arg(seq), records = sqlc.arg(records) WHERE id = sqlc.arg(id);

-- name: ResealSearchSegment :exec
UPDATE search_segment SET index_id = sqlc.arg(index_id), body = sqlc.arg(body), seq = sqlc.arg(seq), records = sqlc.arg(records) WHERE id = sqlc.arg(id);

-- name: DropSearchSegment :exec
DELETE FROM search_segment WHERE id = $1;

-- name: DropSearchMasks :exec
DELETE FROM search_mask WHERE id = $1;

-- name: AddSearch :exec
INSERT INTO search_made (id, desk, user_id, realm, at, waits, hits) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: SearchesSince :one
SELECT COUNT(*) FROM search_made WHERE user_id = $1 AND at > $2;

-- name: WaitingSearches :many
SELECT * FROM search_made WHERE waits ORDER BY id LIMIT $1;

-- name: EndSearch :exec
UPDATE search_made SET waits = FALSE, hits = sqlc.arg(hits) WHERE id = sqlc.arg(id);

-- name: ForgetSearches :exec
DELETE FROM search_made WHERE at < $1 AND NOT waits;

-- name: AddSearchHit :exec
INSERT INTO search_hit (id, reference, case_id, desk, asker, realm, found_by, at, state, said, first, second, ended, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: SetSearchHit :execrows
UPDATE search_hit SET state = sqlc.arg(state), said = sqlc.arg(said), first = sqlc.arg(first), second = sqlc.arg(second),
    ended = sqlc.arg(ended), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: SearchHit :one
SELECT * FROM search_hit WHERE id = $1;

-- name: SearchHitsOn :many
SELECT * FROM search_hit WHERE case_id = $1 ORDER BY id;

-- name: SearchHitsAt :many
SELECT * FROM search_hit WHERE desk = $1 ORDER BY id DESC LIMIT $2;

-- name: SearchHitsFor :many
SELECT * FROM search_hit WHERE asker = $1 AND state = 'contact' ORDER BY id DESC LIMIT $2;

-- name: DropSearchHits :exec
DELETE FROM search_hit WHERE case_id = $1;

-- name: CaseIDsAt :many
SELECT id FROM case_file WHERE desk = $1;

-- name: CaseIDsOf :many
SELECT id FROM case_file WHERE desk = $1 AND owner = $2;
