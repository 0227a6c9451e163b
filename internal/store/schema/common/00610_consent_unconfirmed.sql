-- +goose Up

-- The epoch of the log that began with a restore after which nobody has said yet that the consent still stands: she may have
-- withdrawn it in the time that the restore lost. 0: nothing has to be said.
ALTER TABLE consent ADD COLUMN unconfirmed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX consent_unconfirmed ON consent (id) WHERE unconfirmed > 0;
