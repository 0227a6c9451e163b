-- +goose Up

-- Service accounts that read: their pairs under the token, the grants of the desk and of the data-protection officer with their proofs, and how
-- much was opened on which day.
ALTER TABLE service_account ADD COLUMN quota BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_account ADD COLUMN day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_account ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_account ADD COLUMN kem BYTEA NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN keys BYTEA NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN locks BYTEA NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN by_desk TEXT NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN desk_proof TEXT NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN by_officer TEXT NOT NULL DEFAULT '';
ALTER TABLE service_account ADD COLUMN officer_mark TEXT NOT NULL DEFAULT '';
