-- name: AddWebhook :exec
INSERT INTO webhook (id, desk, realm, url, types, inside, state, why, maker, made, confirmer, confirmed, epoch, secret, former, former_until, public, ended,
    sequence, sent, attempts, gones, failing, next, tried, status, slow, claimed, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 0, 0, 0, 0, $10, 0, 0, FALSE, 0, 1);

-- name: SetWebhook :execrows
UPDATE webhook SET state = sqlc.arg(state), why = sqlc.arg(why), confirmer = sqlc.arg(confirmer), confirmed = sqlc.arg(confirmed),
    epoch = sqlc.arg(epoch), secret = sqlc.arg(secret), former = sqlc.arg(former), former_until = sqlc.arg(former_until),
    public = sqlc.arg(public), ended = sqlc.arg(ended), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Webhook :one
SELECT * FROM webhook WHERE id = $1;

-- name: Webhooks :many
SELECT * FROM webhook WHERE state <> 'removed' ORDER BY id;

-- name: WebhookChanges :many
SELECT * FROM webhook_change ORDER BY place LIMIT $1;

-- name: DropWebhookChanges :exec
DELETE FROM webhook_change WHERE place <= $1;

-- name: AddWebhookItem :exec
INSERT INTO webhook_item (webhook, sequence, epoch, id, type, object, at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: WebhookItems :many
SELECT * FROM webhook_item WHERE webhook = $1 AND sequence > $2 ORDER BY sequence LIMIT $3;

-- name: DropWebhookItems :exec
DELETE FROM webhook_item WHERE webhook = $1 AND sequence <= $2;

-- name: OldestWebhookItem :one
SELECT CAST(COALESCE(MIN(sequence), 0) AS BIGINT) FROM webhook_item WHERE webhook = $1;

-- name: LastWebhookItemBefore :one
SELECT CAST(COALESCE(MAX(sequence), 0) AS BIGINT) FROM webhook_item WHERE webhook = $1 AND at < $2;

-- name: QueueWebhook :execrows
UPDATE webhook SET sequence = sqlc.arg(sequence) WHERE id = sqlc.arg(id);

-- name: ResetWebhook :execrows
UPDATE webhook SET sequence = sqlc.arg(sequence), sent = sqlc.arg(sent), attempts = 0, gones = 0, failing = 0, next = sqlc.arg(now), slow = FALSE, claimed = 0
WHERE id = sqlc.arg(id);

-- name: WebhookDue :one
SELECT * FROM webhook WHERE sequence > sent AND next <= sqlc.arg(now) AND claimed <= sqlc.arg(now) AND state IN ('active', 'proposed')
    AND (CAST(sqlc.arg(quick) AS BIGINT) = 0 OR attempts = 0 AND NOT slow)
ORDER BY next, id LIMIT 1;

-- name: ClaimWebhook :execrows
UPDATE webhook SET claimed = sqlc.arg(until)
WHERE id = sqlc.arg(id) AND sequence > sent AND next <= sqlc.arg(now) AND claimed <= sqlc.arg(now) AND state IN ('active', 'proposed');

-- name: ProgressWebhook :execrows
UPDATE webhook SET sent = sqlc.arg(sent), attempts = sqlc.arg(attempts), gones = sqlc.arg(gones), failing = sqlc.arg(failing),
    next = sqlc.arg(next), tried = sqlc.arg(tried), status = sqlc.arg(status), slow = sqlc.arg(slow), claimed = sqlc.arg(claimed)
WHERE id = sqlc.arg(id) AND claimed = sqlc.arg(was) AND state IN ('active', 'proposed');
