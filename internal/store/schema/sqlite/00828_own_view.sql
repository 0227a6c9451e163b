-- What she sees on her page has changed: the node seals it anew, and what a backup brings too. A file that leads to another is seen with that.
CREATE TRIGGER own_view_case AFTER UPDATE OF state, status ON case_file
WHEN NEW.state <> OLD.state OR NEW.status <> OLD.status
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.id)); END;
CREATE TRIGGER own_view_consent_added AFTER INSERT ON consent
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.case_id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.case_id)); END;
CREATE TRIGGER own_view_consent_turned AFTER UPDATE ON consent
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.case_id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.case_id)); END;
CREATE TRIGGER own_view_referral_added AFTER INSERT ON referral
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.case_id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.case_id)); END;
CREATE TRIGGER own_view_referral_turned AFTER UPDATE OF status, case_id ON referral
WHEN NEW.status <> OLD.status OR NEW.case_id <> OLD.case_id
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.case_id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.case_id)); END;
CREATE TRIGGER own_view_opening_added AFTER INSERT ON case_opening
BEGIN UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN (NEW.case_id, (SELECT c.into_case FROM case_file c WHERE c.id = NEW.case_id)); END;
CREATE TRIGGER own_view_loaded AFTER INSERT ON own_view
WHEN NEW.ended = 0
BEGIN UPDATE own_view SET stale = 1 WHERE id = NEW.id; END;
