-- +goose Up

-- A new letter ends the codes of the earlier ones of its referral.
CREATE INDEX referral_token_referral ON referral_token (referral_id);
