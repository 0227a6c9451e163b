-- name: AddOut :exec
INSERT INTO exchange_out (id, recipient, kind, thread, side, seq, consent, from_desk, from_realm, to_desk, to_realm, basis, state, content,
    created, expires, next_try, lease, attempts, receipt, immediate, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22);

-- name: OutPlaceTaken :one
SELECT id FROM exchange_out WHERE thread = $1 AND thread <> '' AND side = $2 AND seq = $3 AND state <> 'replaced' LIMIT 1;

-- name: AddOutBytes :one
INSERT INTO exchange_out_bytes (number, id, body) VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM exchange_out_bytes), $1, $2) RETURNING number;

-- name: DropOutBytes :exec
DELETE FROM exchange_out_bytes WHERE number = (SELECT bytes FROM exchange_out o WHERE o.id = $1) AND exchange_out_bytes.id = $1;

-- name: OutReceipt :one
SELECT receipt, answered FROM exchange_out WHERE id = $1;

-- name: NumberOutBodies :exec
UPDATE exchange_out SET bytes = counted.number FROM (
    SELECT id, (SELECT COALESCE(MAX(number), 0) FROM exchange_out_bytes) + ROW_NUMBER() OVER (ORDER BY id) AS number FROM exchange_out_body) counted
WHERE counted.id = exchange_out.id;

-- name: MoveOutBodies :exec
INSERT INTO exchange_out_bytes (number, id, body)
SELECT (SELECT COALESCE(MAX(number), 0) FROM exchange_out_bytes) + ROW_NUMBER() OVER (ORDER BY id), id, body FROM exchange_out_body;

-- name: ForgetOutBodies :exec
DELETE FROM exchange_out_body;

-- name: SetOut :exec
UPDATE exchange_out SET state = $2, next_try = $3, lease = $4, attempts = $5, receipt = $6, answered = $7 WHERE id = $1;

-- name: Out :one
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.id = $1;

-- name: LastOut :one
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.thread = $1 AND o.thread <> '' AND o.side = $2 AND o.state <> 'replaced' ORDER BY o.seq DESC LIMIT 1;

-- name: OutOf :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.thread = $1 AND o.thread <> '' ORDER BY o.side, o.seq, o.created, o.id;

-- name: OutUnder :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.consent = $1 AND o.consent <> '' ORDER BY o.created, o.id;

-- name: OutDue :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.state IN ('queued', 'relayed') AND o.next_try <= $1 AND o.lease <= $1 AND (o.immediate OR o.seq < 2 OR NOT EXISTS (
    SELECT 1 FROM exchange_out p
    WHERE p.thread = o.thread AND p.side = o.side AND p.seq < o.seq AND p.state = 'queued' AND p.thread <> ''))
    AND NOT (o.content AND EXISTS (SELECT 1 FROM consent c WHERE c.id = o.consent AND c.unconfirmed > 0))
ORDER BY o.next_try, o.id LIMIT $2;

-- name: OutIsDue :one
SELECT o.id FROM exchange_out o
WHERE o.state IN ('queued', 'relayed') AND o.next_try <= $1 AND o.lease <= $1 AND (o.immediate OR o.seq < 2 OR NOT EXISTS (
    SELECT 1 FROM exchange_out p
    WHERE p.thread = o.thread AND p.side = o.side AND p.seq < o.seq AND p.state = 'queued' AND p.thread <> ''))
    AND NOT (o.content AND EXISTS (SELECT 1 FROM consent c WHERE c.id = o.consent AND c.unconfirmed > 0))
LIMIT 1;

-- name: OutState :one
SELECT state FROM exchange_out WHERE id = $1;

-- name: OutQueuedBefore :one
SELECT id FROM exchange_out WHERE thread = $1 AND thread <> '' AND side = $2 AND seq < $3 AND state = 'queued' LIMIT 1;

-- name: LeaseOut :exec
UPDATE exchange_out SET lease = $2 WHERE id = $1;

-- name: PutBackOut :exec
UPDATE exchange_out SET lease = 0, attempts = attempts + 1, next_try = $2 WHERE id = $1 AND state IN ('queued', 'relayed');

-- name: OutWaiting :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.recipient = $1 AND o.state IN ('queued', 'relayed') AND o.expires > $5
    AND (o.created > $2 OR o.created = $2 AND o.id > $3)
    AND NOT (o.content AND EXISTS (SELECT 1 FROM consent c WHERE c.id = o.consent AND c.unconfirmed > 0))
ORDER BY o.created, o.id LIMIT $4;

-- name: OutWaitingAll :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.state IN ('queued', 'relayed') AND o.expires > $4 AND (o.created > $1 OR o.created = $1 AND o.id > $2)
    AND NOT (o.content AND EXISTS (SELECT 1 FROM consent c WHERE c.id = o.consent AND c.unconfirmed > 0))
ORDER BY o.created, o.id LIMIT $3;

-- name: OutSince :many
SELECT o.id, o.recipient, o.kind, o.thread, o.side, o.seq, o.consent, o.from_desk, o.from_realm, o.to_desk, o.to_realm, o.basis, o.state, o.content,
    o.created, o.expires, o.next_try, o.lease, o.attempts, o.receipt, o.immediate, b.body
FROM exchange_out o LEFT JOIN exchange_out_bytes b ON b.number = o.bytes AND b.id = o.id
WHERE o.recipient = $1 AND (o.created > $2 OR o.created = $2 AND o.id > $3) AND (o.created >= $5 OR o.answered >= $5 OR o.state = 'relayed'
    OR EXISTS (SELECT 1 FROM exchange_out_receipt r WHERE r.envelope = o.id AND r.received >= $5)) ORDER BY o.created, o.id LIMIT $4;

-- name: OutUnsettled :many
SELECT id FROM exchange_out WHERE recipient = $1 AND state IN ('held', 'queued', 'relayed') ORDER BY created, id LIMIT $2;

-- name: OutQueues :many
SELECT awaited.recipient, count(*) AS many, CAST(min(awaited.created) AS BIGINT) AS since FROM (
    SELECT o.recipient, o.created FROM exchange_out o WHERE o.state IN ('queued', 'relayed') ORDER BY o.next_try, o.id LIMIT 100000
) awaited GROUP BY awaited.recipient ORDER BY awaited.recipient;

-- name: OutCreated :one
SELECT created FROM exchange_out WHERE id = $1;

-- name: AddOutReceipt :exec
INSERT INTO exchange_out_receipt (envelope, digest, received, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: OutReceipts :many
SELECT body FROM exchange_out_receipt WHERE envelope = $1 ORDER BY received, digest;

-- name: AddIn :exec
INSERT INTO exchange_in (id, sender, kind, thread, side, seq, replaces, consent, desk, content, state, roster, received, receipt, latest, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: MoveInBodies :exec
UPDATE exchange_in SET body = exchange_in_body.body FROM exchange_in_body WHERE exchange_in_body.id = exchange_in.id;

-- name: ForgetInBodies :exec
DELETE FROM exchange_in_body;

-- name: DropInBody :exec
UPDATE exchange_in SET body = '' WHERE id = $1;

-- name: SetIn :execrows
UPDATE exchange_in SET state = $2, latest = $3 WHERE id = $1;

-- name: In :one
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.id = $1;

-- name: InAt :many
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.sender = $1 AND i.thread = $2 AND i.side = $3 AND i.seq = $4 AND i.thread <> '' AND i.state IN ('parked', 'done', 'erased')
    OR i.sender || '' = $1 AND i.thread = $2 AND i.side = $3 AND i.seq = $4 AND i.thread <> '' AND i.state IN ('refused', 'expired')
ORDER BY i.received + 0, i.id;

-- name: InParked :many
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.state = 'parked' AND i.received < $1 ORDER BY i.thread, i.seq, i.id LIMIT $2;

-- name: InParkedOf :many
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.state = 'parked' AND i.thread = $1 AND i.received < $2 ORDER BY i.seq, i.id LIMIT $3;

-- name: InSince :many
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.sender = $1 AND (i.received > $2 OR i.received = $2 AND i.id > $3) ORDER BY i.received, i.id LIMIT $4;

-- name: InReceived :one
SELECT received FROM exchange_in WHERE id = $1;

-- name: InParkedLetters :many
SELECT i.id, i.sender, i.kind, i.thread, i.side, i.seq, i.replaces, i.consent, i.desk, i.content, i.state, i.roster, i.received, i.receipt, i.latest, i.body
FROM exchange_in i
WHERE i.state = 'parked' AND i.content AND i.id || '' > $1 ORDER BY i.id || '' LIMIT $2;

-- name: InUnder :one
SELECT count(*) FROM exchange_in WHERE sender = $1 AND consent = $2 AND consent <> '' AND content AND state IN ('parked', 'done', 'erased');

-- name: Withdrawn :one
SELECT CAST((SELECT count(*) FROM exchange_tombstone t WHERE t.consent = $1 AND t.member = $2)
    + (SELECT count(*) FROM exchange_withdrawn w WHERE w.consent = $1) AS BIGINT) AS said;

-- name: SetWithdrawn :exec
INSERT INTO exchange_tombstone (consent, member, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: AddMail :exec
INSERT INTO exchange_mail (id, sender, recipient, size, created, expires, receipt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: Mail :one
SELECT id, sender, recipient, created, expires, receipt, body FROM exchange_mail WHERE id = $1;

-- name: MailFor :many
SELECT id, sender, recipient, created, expires, receipt, body FROM exchange_mail
WHERE recipient = $1 AND (created > $2 OR created = $2 AND id > $3) ORDER BY created, id LIMIT $4;

-- name: MailCreated :one
SELECT created FROM exchange_mail WHERE id = $1;

-- name: MailSize :one
SELECT count(*) AS kept, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes FROM exchange_mail WHERE sender = $1;

-- name: DropMail :exec
DELETE FROM exchange_mail WHERE id = $1;

-- name: DropMailBefore :execrows
DELETE FROM exchange_mail WHERE expires < $1;

-- name: Peer :one
SELECT member, roster_seen, roster_sent, sheet_sent, heard, resync, resync_pages, epoch, told, told_at, asked
FROM exchange_peer WHERE member = $1;

-- name: SetPeer :exec
INSERT INTO exchange_peer (member, roster_seen, roster_sent, sheet_sent, heard, resync, resync_pages, epoch, told, told_at, asked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (member) DO UPDATE SET roster_seen = excluded.roster_seen, roster_sent = excluded.roster_sent,
    sheet_sent = excluded.sheet_sent, heard = excluded.heard, resync = excluded.resync, resync_pages = excluded.resync_pages,
    epoch = excluded.epoch, told = excluded.told, told_at = excluded.told_at, asked = excluded.asked;

-- name: LastCheckpoint :one
SELECT note FROM audit_checkpoint ORDER BY place DESC LIMIT 1;
