-- +goose Up

-- What is open at a desk is found without what is done or open elsewhere. What was passed on, and what one person alone is to do, is rare.
CREATE INDEX task_inbox ON task (realm, desk, id) WHERE state = 'open';
CREATE INDEX task_deputy ON task (realm, deputy, id) WHERE state = 'open' AND deputy <> '';
CREATE INDEX task_coordinator ON task (realm, coordinator, id) WHERE state = 'open' AND coordinator <> '';
CREATE INDEX task_person ON task (realm, user_id, id) WHERE state = 'open' AND user_id <> '';

-- The ends that a desk keeps for one without a node.
CREATE INDEX referral_keeper ON referral (keeper, id) WHERE keeper <> '';
