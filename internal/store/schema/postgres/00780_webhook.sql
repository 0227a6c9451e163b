-- What changes where somebody listens is noted with it. Writers take turns, so that places follow each other as commits do.
CREATE FUNCTION webhook_note(noun TEXT, object TEXT, at TEXT, was TEXT, turned TEXT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO webhook_change (place, desk, noun, object, was, turned)
    SELECT (SELECT COALESCE(MAX(c.place), 0) + 1 FROM webhook_change c), $3, $1, $2, $4, $5
    WHERE EXISTS (SELECT 1 FROM webhook w WHERE w.desk = $3 AND w.state = 'active')
$$;
CREATE FUNCTION webhook_case_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('case', NEW.id, NEW.desk, '', NEW.state);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_case_added AFTER INSERT ON case_file FOR EACH ROW EXECUTE FUNCTION webhook_case_added();
CREATE FUNCTION webhook_case_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('case', NEW.id, NEW.desk, OLD.state, NEW.state);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_case_turned AFTER UPDATE OF state ON case_file FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_case_turned();
CREATE FUNCTION webhook_case_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('case', NEW.id, OLD.desk, OLD.state, 'left');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_case_left AFTER UPDATE OF desk ON case_file FOR EACH ROW WHEN (NEW.desk <> OLD.desk) EXECUTE FUNCTION webhook_case_left();
CREATE FUNCTION webhook_case_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('case', NEW.id, NEW.desk, OLD.state, 'came');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_case_came AFTER UPDATE OF desk ON case_file FOR EACH ROW WHEN (NEW.desk <> OLD.desk) EXECUTE FUNCTION webhook_case_came();
CREATE FUNCTION webhook_referral_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('referral', NEW.id, NEW.desk, '', NEW.status);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_referral_added AFTER INSERT ON referral FOR EACH ROW EXECUTE FUNCTION webhook_referral_added();
CREATE FUNCTION webhook_referral_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('referral', NEW.id, NEW.desk, OLD.status, NEW.status);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_referral_turned AFTER UPDATE OF status ON referral FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION webhook_referral_turned();
CREATE FUNCTION webhook_return_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('return', NEW.id, NEW.desk, '', NEW.state);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_return_added AFTER INSERT ON case_return FOR EACH ROW EXECUTE FUNCTION webhook_return_added();
CREATE FUNCTION webhook_return_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('return', NEW.id, NEW.desk, OLD.state, NEW.state);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_return_turned AFTER UPDATE OF state ON case_return FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_return_turned();
CREATE FUNCTION webhook_task_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.desk, '', 'made');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_added AFTER INSERT ON task FOR EACH ROW EXECUTE FUNCTION webhook_task_added();
CREATE FUNCTION webhook_task_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.desk, OLD.state, NEW.state);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_turned AFTER UPDATE OF state ON task FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION webhook_task_turned();
CREATE FUNCTION webhook_task_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.desk, OLD.state, 'due');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_due AFTER UPDATE OF reminded ON task FOR EACH ROW WHEN (NEW.reminded <> OLD.reminded AND NEW.step = OLD.step) EXECUTE FUNCTION webhook_task_due();
CREATE FUNCTION webhook_task_breached() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.desk, OLD.state, 'breached');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_breached AFTER UPDATE OF step ON task FOR EACH ROW WHEN (NEW.step > OLD.step) EXECUTE FUNCTION webhook_task_breached();
CREATE FUNCTION webhook_task_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.deputy, OLD.state, 'breached');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_deputy AFTER UPDATE OF deputy ON task FOR EACH ROW WHEN (NEW.deputy <> OLD.deputy AND NEW.deputy <> NEW.desk) EXECUTE FUNCTION webhook_task_deputy();
CREATE FUNCTION webhook_task_coordinator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('task', NEW.id, NEW.coordinator, OLD.state, 'breached');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_task_coordinator AFTER UPDATE OF coordinator ON task FOR EACH ROW WHEN (NEW.coordinator <> OLD.coordinator AND NEW.coordinator <> NEW.desk) EXECUTE FUNCTION webhook_task_coordinator();
CREATE FUNCTION webhook_import_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM webhook_note('import', NEW.id, NEW.desk, '', 'ended');
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_import_ended AFTER UPDATE OF ended ON intake_run FOR EACH ROW WHEN (OLD.ended = 0 AND NEW.ended <> 0 AND NOT NEW.dry) EXECUTE FUNCTION webhook_import_ended();
