-- name: AddReferral :exec
INSERT INTO referral (id, desk, side, peer_member, peer_desk, peer_kind, keeper, realm, case_id, owner, person_id, record, reference,
    status, urgent, kind, basis, consent, override, bundle, continues, frozen, arrived, made, since, due, expires, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28);

-- name: SetReferral :execrows
UPDATE referral SET peer_member = sqlc.arg(peer_member), peer_desk = sqlc.arg(peer_desk), peer_kind = sqlc.arg(peer_kind),
    case_id = sqlc.arg(case_id), record = sqlc.arg(record), status = sqlc.arg(status), urgent = sqlc.arg(urgent),
    kind = sqlc.arg(kind), basis = sqlc.arg(basis), consent = sqlc.arg(consent), override = sqlc.arg(override),
    bundle = sqlc.arg(bundle), continues = sqlc.arg(continues), frozen = sqlc.arg(frozen), arrived = sqlc.arg(arrived),
    since = sqlc.arg(since), due = sqlc.arg(due), expires = sqlc.arg(expires), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version);

-- name: StepReferral :execrows
UPDATE referral SET peer_member = sqlc.arg(peer_member), peer_desk = sqlc.arg(peer_desk), peer_kind = sqlc.arg(peer_kind),
    record = sqlc.arg(record), status = sqlc.arg(status), urgent = sqlc.arg(urgent), kind = sqlc.arg(kind), basis = sqlc.arg(basis),
    override = sqlc.arg(override), continues = sqlc.arg(continues), frozen = sqlc.arg(frozen), arrived = sqlc.arg(arrived),
    since = sqlc.arg(since), due = sqlc.arg(due), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND desk = sqlc.arg(desk) AND version = sqlc.arg(version)
    AND case_id = sqlc.arg(case_id) AND consent = sqlc.arg(consent) AND bundle = sqlc.arg(bundle) AND expires = sqlc.arg(expires);

-- name: DropReferral :execrows
DELETE FROM referral WHERE id = $1 AND desk = $2 AND version = $3 AND status IN ('draft', 'checked');

-- name: Referral :one
SELECT * FROM referral WHERE id = $1 AND desk = $2;

-- name: ReferralEnds :many
SELECT * FROM referral WHERE id = $1 ORDER BY desk;

-- name: ReferralOfBundle :one
SELECT * FROM referral WHERE bundle = $1 AND bundle <> '' AND desk = $2;

-- name: ReferralsUnder :many
SELECT * FROM referral WHERE consent = $1 AND consent <> '' ORDER BY id, desk;

-- name: ReferralsOfCase :many
SELECT * FROM referral WHERE case_id = $1 AND case_id <> '' ORDER BY id, desk;

-- name: ReferralsExpiring :many
SELECT * FROM referral WHERE expires > 0 AND expires <= sqlc.arg(now) AND side = 'sender'
    AND status IN ('sent', 'delivered', 'acknowledged', 'information-requested', 'information-supplied')
ORDER BY expires, id LIMIT sqlc.arg(many);

-- name: Referrals :many
SELECT * FROM referral WHERE (CAST(sqlc.arg(realm) AS TEXT) = '' OR realm = sqlc.arg(realm))
    AND (CAST(sqlc.arg(owner) AS TEXT) = '' OR owner = sqlc.arg(owner))
    AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = sqlc.arg(status))
    AND (CAST(sqlc.arg(peer_member) AS TEXT) = '' OR peer_member = sqlc.arg(peer_member))
    AND id >= sqlc.arg(after_id) AND (id > sqlc.arg(after_id) OR desk > sqlc.arg(after_desk))
ORDER BY id, desk LIMIT sqlc.arg(many);

-- name: ReferralsAt :many
SELECT * FROM referral WHERE desk = sqlc.arg(desk) AND (CAST(sqlc.arg(realm) AS TEXT) = '' OR realm = sqlc.arg(realm))
    AND (CAST(sqlc.arg(owner) AS TEXT) = '' OR owner = sqlc.arg(owner))
    AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = sqlc.arg(status))
    AND (CAST(sqlc.arg(peer_member) AS TEXT) = '' OR peer_member = sqlc.arg(peer_member))
    AND id >= sqlc.arg(after_id) AND (id > sqlc.arg(after_id) OR desk > sqlc.arg(after_desk))
ORDER BY id, desk LIMIT sqlc.arg(many);

-- name: ReferralsKept :many
SELECT * FROM referral WHERE keeper = sqlc.arg(desk) AND keeper <> '' AND (CAST(sqlc.arg(realm) AS TEXT) = '' OR realm = sqlc.arg(realm))
    AND (CAST(sqlc.arg(owner) AS TEXT) = '' OR owner = sqlc.arg(owner))
    AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = sqlc.arg(status))
    AND (CAST(sqlc.arg(peer_member) AS TEXT) = '' OR peer_member = sqlc.arg(peer_member))
    AND id >= sqlc.arg(after_id) AND (id > sqlc.arg(after_id) OR desk > sqlc.arg(after_desk))
ORDER BY id, desk LIMIT sqlc.arg(many);

-- name: AddReferralEvent :exec
INSERT INTO referral_event (referral_id, desk, digest, event, seen) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (referral_id, desk, digest) DO NOTHING;

-- name: ReferralEvents :many
SELECT * FROM referral_event WHERE referral_id = $1 AND desk = $2 ORDER BY seen, digest;

-- name: AddReferralLetter :exec
INSERT INTO referral_letter (envelope, referral_id, desk, what, digest, intake, at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SetReferralLetter :exec
UPDATE referral_letter SET state = sqlc.arg(state) WHERE envelope = sqlc.arg(envelope);

-- name: ReferralLetters :many
SELECT * FROM referral_letter WHERE referral_id = $1 AND desk = $2 ORDER BY at, envelope;

-- name: ReferralSealedTo :one
SELECT COUNT(*) FROM referral_letter WHERE intake = $1 AND intake <> '' AND state = 'sealed';

-- name: AddReferralToken :exec
INSERT INTO referral_token (hash, referral_id, desk, expires, spent) VALUES ($1, $2, $3, $4, 0);

-- name: EndReferralTokens :exec
UPDATE referral_token SET expires = 0 WHERE referral_id = $1 AND spent = 0;

-- name: ReferralToken :one
SELECT * FROM referral_token WHERE hash = $1;

-- name: SpendReferralToken :execrows
UPDATE referral_token SET spent = sqlc.arg(spent) WHERE hash = sqlc.arg(hash) AND spent = 0;
