-- name: AddConsent :exec
INSERT INTO consent (id, case_id, origin, state, purposes, recipients, categories, issuer, valid_from, valid_to, compartment,
    record, taker, given, withdrawn, reason, reply, ground, citation, review, withdrawn_by, effective, answered, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 1);

-- name: SetConsent :execrows
UPDATE consent SET state = sqlc.arg(state), withdrawn = sqlc.arg(withdrawn), reason = sqlc.arg(reason), reply = sqlc.arg(reply),
    ground = sqlc.arg(ground), citation = sqlc.arg(citation), review = sqlc.arg(review), unconfirmed = sqlc.arg(unconfirmed),
    withdrawn_by = sqlc.arg(withdrawn_by), effective = sqlc.arg(effective), answered = sqlc.arg(answered), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: UnconfirmConsents :exec
UPDATE consent SET unconfirmed = sqlc.arg(epoch), version = version + 1 WHERE origin = 'here' AND state <> 'withdrawn'
    AND unconfirmed < 9223372036854775807; -- consent.AsAdult: only she can say that it stands

-- name: Ground :one
SELECT valid_to, unconfirmed FROM consent WHERE consent.id = $1
UNION ALL SELECT valid_to, 0 FROM consent_override WHERE consent_override.id = $1;

-- name: ConsentsUnasked :many
SELECT c.* FROM consent c JOIN case_file f ON f.id = c.case_id
WHERE c.unconfirmed > 0 AND c.state = 'given' AND c.valid_to > sqlc.arg(now) AND (f.state = 'open' OR f.state = 'merged') AND NOT EXISTS (
    SELECT 1 FROM task t WHERE t.object = c.id AND t.kind = sqlc.arg(kind) AND t.state = 'open')
ORDER BY c.id LIMIT sqlc.arg(most);

-- name: Consent :one
SELECT * FROM consent WHERE id = $1;

-- name: ConsentsOf :many
SELECT * FROM consent WHERE case_id = $1 ORDER BY given, id;

-- name: ConsentsOver :many
SELECT * FROM consent WHERE state = 'given' AND valid_to <= $1 ORDER BY valid_to, id LIMIT $2;

-- name: AddOverride :exec
INSERT INTO consent_override (id, case_id, state, basis, recipient, categories, record, compartment, maker, approver, proposed,
    approved, valid_to, review_from, review_due, reviewer, finding, told, approval, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1);

-- name: SetOverride :execrows
UPDATE consent_override SET state = sqlc.arg(state), approver = sqlc.arg(approver), approved = sqlc.arg(approved),
    valid_to = sqlc.arg(valid_to), review_from = sqlc.arg(review_from), review_due = sqlc.arg(review_due),
    reviewer = sqlc.arg(reviewer), finding = sqlc.arg(finding), told = sqlc.arg(told),
    approval = sqlc.arg(approval), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Override :one
SELECT * FROM consent_override WHERE id = $1;

-- name: OverridesOf :many
SELECT * FROM consent_override WHERE case_id = $1 ORDER BY proposed, id;

-- name: OverridesDue :many
SELECT * FROM consent_override WHERE state = 'approved' AND review_due <= $1 ORDER BY review_due, id LIMIT $2;
