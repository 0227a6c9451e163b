-- +goose Up

-- What the second person of an override signed. An override that was approved before has none and permits nothing more.
ALTER TABLE consent_override ADD COLUMN approval TEXT NOT NULL DEFAULT '';

-- The signed grant of a membership, and the proof under the wrap key of the desk that a member of it granted (spec/keys.md 6.1). Who was
-- granted before has neither: she is granted again.
ALTER TABLE desk_member ADD COLUMN grant_record TEXT NOT NULL DEFAULT '';
ALTER TABLE desk_member ADD COLUMN grant_proof TEXT NOT NULL DEFAULT '';
