-- What changes where somebody listens is noted with it.
CREATE TRIGGER webhook_case_added AFTER INSERT ON case_file
WHEN EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'case', NEW.id, '', NEW.state FROM webhook_change; END;
CREATE TRIGGER webhook_case_turned AFTER UPDATE OF state ON case_file
WHEN NEW.state <> OLD.state AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'case', NEW.id, OLD.state, NEW.state FROM webhook_change; END;
CREATE TRIGGER webhook_case_left AFTER UPDATE OF desk ON case_file
WHEN NEW.desk <> OLD.desk AND EXISTS (SELECT 1 FROM webhook WHERE desk = OLD.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, OLD.desk, 'case', NEW.id, OLD.state, 'left' FROM webhook_change; END;
CREATE TRIGGER webhook_case_came AFTER UPDATE OF desk ON case_file
WHEN NEW.desk <> OLD.desk AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'case', NEW.id, OLD.state, 'came' FROM webhook_change; END;
CREATE TRIGGER webhook_referral_added AFTER INSERT ON referral
WHEN EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'referral', NEW.id, '', NEW.status FROM webhook_change; END;
CREATE TRIGGER webhook_referral_turned AFTER UPDATE OF status ON referral
WHEN NEW.status <> OLD.status AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'referral', NEW.id, OLD.status, NEW.status FROM webhook_change; END;
CREATE TRIGGER webhook_return_added AFTER INSERT ON case_return
WHEN EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'return', NEW.id, '', NEW.state FROM webhook_change; END;
CREATE TRIGGER webhook_return_turned AFTER UPDATE OF state ON case_return
WHEN NEW.state <> OLD.state AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'return', NEW.id, OLD.state, NEW.state FROM webhook_change; END;
CREATE TRIGGER webhook_task_added AFTER INSERT ON task
WHEN EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'task', NEW.id, '', 'made' FROM webhook_change; END;
CREATE TRIGGER webhook_task_turned AFTER UPDATE OF state ON task
WHEN NEW.state <> OLD.state AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'task', NEW.id, OLD.state, NEW.state FROM webhook_change; END;
CREATE TRIGGER webhook_task_due AFTER UPDATE OF reminded ON task
WHEN NEW.reminded <> OLD.reminded AND NEW.step = OLD.step AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'task', NEW.id, OLD.state, 'due' FROM webhook_change; END;
CREATE TRIGGER webhook_task_breached AFTER UPDATE OF step ON task
WHEN NEW.step > OLD.step AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'task', NEW.id, OLD.state, 'breached' FROM webhook_change; END;
CREATE TRIGGER webhook_task_deputy AFTER UPDATE OF deputy ON task
WHEN NEW.deputy <> OLD.deputy AND NEW.deputy <> NEW.desk AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.deputy AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.deputy, 'task', NEW.id, OLD.state, 'breached' FROM webhook_change; END;
CREATE TRIGGER webhook_task_coordinator AFTER UPDATE OF coordinator ON task
WHEN NEW.coordinator <> OLD.coordinator AND NEW.coordinator <> NEW.desk AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.coordinator AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.coordinator, 'task', NEW.id, OLD.state, 'breached' FROM webhook_change; END;
CREATE TRIGGER webhook_import_ended AFTER UPDATE OF ended ON intake_run
WHEN OLD.ended = 0 AND NEW.ended <> 0 AND NOT NEW.dry AND EXISTS (SELECT 1 FROM webhook WHERE desk = NEW.desk AND state = 'active')
BEGIN INSERT INTO webhook_change SELECT COALESCE(MAX(place), 0) + 1, NEW.desk, 'import', NEW.id, '', 'ended' FROM webhook_change; END;
