-- Roles belong to the cluster: an administrator, another database, or another replica just now may have made them.
-- An owner of the schema that may not make roles finds them there.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'opentrm_app') THEN
        BEGIN
            CREATE ROLE opentrm_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'opentrm_erase') THEN
        BEGIN
            CREATE ROLE opentrm_erase NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            GRANT opentrm_app, opentrm_erase TO CURRENT_USER;
        EXCEPTION WHEN unique_violation OR insufficient_privilege THEN NULL;
        END;
    END IF;
END
$$;

-- What the application may do with every table that a later migration makes.
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO opentrm_app, opentrm_erase;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO opentrm_app, opentrm_erase;
GRANT SELECT ON goose_db_version TO opentrm_app, opentrm_erase;

GRANT SELECT, INSERT ON audit_head, audit_block, audit_payload, audit_checkpoint, audit_cosignature, audit_epoch,
    audit_fork TO opentrm_app, opentrm_erase;
GRANT UPDATE ON audit_head TO opentrm_app, opentrm_erase;
GRANT SELECT, INSERT, UPDATE ON audit_observed, audit_seen TO opentrm_app, opentrm_erase;
GRANT DELETE ON audit_payload TO opentrm_erase;
GRANT SELECT, INSERT, DELETE ON audit_erasing TO opentrm_erase;
GRANT SELECT ON audit_erasing TO opentrm_app;

CREATE FUNCTION audit_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.epoch <> OLD.epoch OR NEW.size < OLD.size THEN
        RAISE EXCEPTION 'append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_grows();
