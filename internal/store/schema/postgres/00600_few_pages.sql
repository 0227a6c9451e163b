
-- A payload whose leaf does not stand in the head yet is the only one to tell that leaf: nobody deletes it.
CREATE FUNCTION audit_payload_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit_head WHERE epoch = OLD.place >> 42 AND size > OLD.place & 4398046511103) THEN
        RAISE EXCEPTION 'append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER audit_payload_stays BEFORE DELETE ON audit_payload FOR EACH ROW EXECUTE FUNCTION audit_payload_stays();
