CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head
WHEN NEW.epoch <> OLD.epoch OR NEW.size < OLD.size
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_block_fixed BEFORE UPDATE ON audit_block
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_block_stays BEFORE DELETE ON audit_block
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_payload_fixed BEFORE UPDATE ON audit_payload
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_payload_stays BEFORE DELETE ON audit_payload
WHEN NOT EXISTS (SELECT 1 FROM audit_erasing)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_checkpoint_fixed BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_checkpoint_stays BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cosignature_fixed BEFORE UPDATE ON audit_cosignature
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cosignature_stays BEFORE DELETE ON audit_cosignature
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_epoch_fixed BEFORE UPDATE ON audit_epoch
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_epoch_stays BEFORE DELETE ON audit_epoch
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_fork_fixed BEFORE UPDATE ON audit_fork
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_fork_stays BEFORE DELETE ON audit_fork
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
