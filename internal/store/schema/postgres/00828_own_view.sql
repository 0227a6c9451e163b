-- What she sees on her page has changed: the node seals it anew, and what a backup brings too. A file that leads to another is seen with that.
CREATE FUNCTION own_view_note(of_case TEXT) RETURNS VOID LANGUAGE sql AS $$
    UPDATE own_view SET stale = stale + 1 WHERE ended = 0 AND case_id IN ($1, (SELECT c.into_case FROM case_file c WHERE c.id = $1))
$$;
CREATE FUNCTION own_view_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_case AFTER UPDATE OF state, status ON case_file FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.status <> OLD.status) EXECUTE FUNCTION own_view_case();
CREATE FUNCTION own_view_consent_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.case_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_consent_added AFTER INSERT ON consent FOR EACH ROW EXECUTE FUNCTION own_view_consent_added();
CREATE FUNCTION own_view_consent_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.case_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_consent_turned AFTER UPDATE ON consent FOR EACH ROW EXECUTE FUNCTION own_view_consent_turned();
CREATE FUNCTION own_view_referral_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.case_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_referral_added AFTER INSERT ON referral FOR EACH ROW EXECUTE FUNCTION own_view_referral_added();
CREATE FUNCTION own_view_referral_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.case_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_referral_turned AFTER UPDATE OF status, case_id ON referral FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.case_id <> OLD.case_id) EXECUTE FUNCTION own_view_referral_turned();
CREATE FUNCTION own_view_opening_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM own_view_note(NEW.case_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_opening_added AFTER INSERT ON case_opening FOR EACH ROW EXECUTE FUNCTION own_view_opening_added();
CREATE FUNCTION own_view_loaded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE own_view SET stale = 1 WHERE id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER own_view_loaded AFTER INSERT ON own_view FOR EACH ROW WHEN (NEW.ended = 0) EXECUTE FUNCTION own_view_loaded();
