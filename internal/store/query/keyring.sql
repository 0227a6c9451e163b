-- name: UserKEM :one
SELECT kem FROM account WHERE id = $1 AND state = 'active';

-- name: SignKey :one
SELECT sign FROM account WHERE id = $1 AND state = 'active';

-- name: AddGeneration :exec
INSERT INTO desk_generation (desk, generation, previous, created) VALUES ($1, $2, $3, $4);

-- name: Generations :many
SELECT * FROM desk_generation WHERE desk = $1 ORDER BY generation DESC;

-- name: AddWrap :exec
INSERT INTO desk_wrap (desk, generation, holder, user_id, sealed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (desk, generation, holder) DO UPDATE SET sealed = excluded.sealed, user_id = excluded.user_id;

-- name: WrapsOf :many
SELECT * FROM desk_wrap WHERE desk = $1 AND holder = $2 ORDER BY generation DESC;

-- name: DropWraps :exec
DELETE FROM desk_wrap WHERE desk = $1 AND user_id = $2;

-- name: AddPair :exec
INSERT INTO desk_pair (desk, key, use, public, private, generation, created, last_used, retired)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: SetPair :execrows
UPDATE desk_pair SET private = $3, generation = $4, last_used = $5, retired = $6 WHERE desk = $1 AND key = $2;

-- name: Pair :one
SELECT * FROM desk_pair WHERE desk = $1 AND key = $2;

-- name: PairsWith :many
SELECT * FROM desk_pair WHERE key = $1 ORDER BY desk;

-- name: Pairs :many
SELECT * FROM desk_pair WHERE desk = $1 AND use = $2 ORDER BY CASE WHEN retired = 0 THEN 0 ELSE 1 END, created DESC, key;

-- name: AddHold :exec
INSERT INTO case_hold (case_id, compartment, desk, reason, generation, pair, sealed, created, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (case_id, compartment, desk, reason) DO UPDATE SET generation = excluded.generation, pair = excluded.pair,
    sealed = excluded.sealed, created = excluded.created, until = excluded.until;

-- name: Holds :many
SELECT * FROM case_hold WHERE case_id = $1 ORDER BY compartment, desk, reason;

-- name: HoldsBefore :many
SELECT * FROM case_hold WHERE desk = $1 AND generation > 0 AND generation < $2 ORDER BY case_id, compartment, reason LIMIT $3;

-- name: DropHold :exec
DELETE FROM case_hold WHERE case_id = $1 AND compartment = $2 AND desk = $3 AND reason = $4;

-- name: AddCompartment :exec
INSERT INTO compartment (id, case_id, consent, state, sealed, created, class, saved) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SetSpace :execrows
UPDATE compartment SET class = $2, saved = $3, warned = $4 WHERE id = $1;

-- name: SetCompartment :execrows
UPDATE compartment SET state = $2, sealed = $3, previous = $4 WHERE id = $1;

-- name: Compartment :one
SELECT * FROM compartment WHERE id = $1;

-- name: Compartments :many
SELECT * FROM compartment WHERE case_id = $1 ORDER BY created, id;

-- name: CompartmentsOf :many
SELECT * FROM compartment WHERE consent = $1 ORDER BY created, id;

-- name: AddErasure :exec
INSERT INTO erasure (id, what, at) VALUES ($1, $2, $3) ON CONFLICT (id, what) DO NOTHING;

-- name: Erased :one
SELECT count(*) FROM erasure WHERE id = $1 AND what = $2;

-- name: Erasures :many
SELECT * FROM erasure ORDER BY at, id, what;

-- name: Recovery :one
SELECT * FROM recovery WHERE one = 1;

-- name: SetRecovery :exec
INSERT INTO recovery (one, generation, public, threshold, canary, drilled, created) VALUES (1, $1, $2, $3, $4, $5, $6)
ON CONFLICT (one) DO UPDATE SET generation = excluded.generation, public = excluded.public, threshold = excluded.threshold,
    canary = excluded.canary, drilled = excluded.drilled, created = excluded.created;

-- name: Officers :many
SELECT * FROM recovery_officer ORDER BY position;

-- name: DropOfficers :exec
DELETE FROM recovery_officer;

-- name: AddOfficer :exec
INSERT INTO recovery_officer (user_id, position, sealed, generation) VALUES ($1, $2, $3, $4);

-- name: AddOffer :exec
INSERT INTO recovery_offer (sender, receiver, sealed, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (sender, receiver) DO UPDATE SET sealed = excluded.sealed, until = excluded.until;

-- name: Offers :many
SELECT * FROM recovery_offer WHERE receiver = $1 AND until > $2 ORDER BY sender;

-- name: DropOffers :exec
DELETE FROM recovery_offer WHERE receiver = $1;

-- name: NodeKeys :many
SELECT * FROM node_key ORDER BY created DESC, key;

-- name: AddNodeKey :exec
INSERT INTO node_key (key, use, public, private, created, retired) VALUES ($1, $2, $3, $4, $5, $6);

-- name: RetireNodeKey :execrows
UPDATE node_key SET retired = $2 WHERE key = $1 AND retired = 0;

-- name: SealNodeKey :execrows
UPDATE node_key SET private = $2 WHERE key = $1;

-- name: AddAuthorityHolder :exec
INSERT INTO authority_holder (key, user_id, public, sealed, created) VALUES ($1, $2, $3, $4, $5);

-- name: AuthorityOf :many
SELECT * FROM authority_holder WHERE user_id = $1 ORDER BY created DESC, key;
