
-- Tables that are the index of their own key: a row is one page to write and not two.
CREATE TABLE remade (
    id          TEXT    NOT NULL,
    desk        TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    peer_member TEXT    NOT NULL,
    peer_desk   TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    referral_id TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    made        BIGINT  NOT NULL,
    last        BIGINT  NOT NULL,
    erased      BOOLEAN NOT NULL,
    version     BIGINT  NOT NULL,
    PRIMARY KEY (id, desk)
) WITHOUT ROWID;
INSERT INTO remade SELECT id, desk, realm, peer_member, peer_desk, side, referral_id, reference, made, last, erased, version FROM thread;
DROP TABLE thread;
ALTER TABLE remade RENAME TO thread;
CREATE INDEX thread_desk ON thread (desk, last, id);
CREATE INDEX thread_referral ON thread (referral_id) WHERE referral_id <> '';

CREATE TABLE remade (
    thread_id  TEXT   NOT NULL,
    desk       TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (thread_id, desk)
) WITHOUT ROWID;
INSERT INTO remade SELECT thread_id, desk, generation, sealed FROM thread_box;
DROP TABLE thread_box;
ALTER TABLE remade RENAME TO thread_box;

CREATE TABLE remade (
    id          TEXT    PRIMARY KEY,
    desk        TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    urgent      BOOLEAN NOT NULL,
    remind      BIGINT  NOT NULL,
    due         BIGINT  NOT NULL,
    chain       BYTEA   NOT NULL,
    step        BIGINT  NOT NULL,
    reminded    BIGINT  NOT NULL,
    deputy      TEXT    NOT NULL,
    coordinator TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    made        BIGINT  NOT NULL,
    ended       BIGINT  NOT NULL,
    next        BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    CHECK (step >= 0 AND step <= 3),
    CHECK (state = 'open' OR state = 'done' OR state = 'dropped')
) WITHOUT ROWID;
INSERT INTO remade SELECT id, desk, user_id, realm, kind, object, reference, urgent, remind, due, chain, step, reminded, deputy,
    coordinator, state, made, ended, next, version FROM task;
DROP TABLE task;
ALTER TABLE remade RENAME TO task;
CREATE INDEX task_due ON task (next, id) WHERE next > 0;
CREATE INDEX task_open ON task (object, id) WHERE state = 'open';

-- In the order of what they are about: so the table is the index by which they end.
CREATE TABLE remade (
    id        TEXT    NOT NULL,
    desk      TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    object    TEXT    NOT NULL,
    since     BIGINT  NOT NULL,
    urgent    BOOLEAN NOT NULL,
    state     TEXT    NOT NULL,
    attempts  BIGINT  NOT NULL,
    next      BIGINT  NOT NULL,
    version   BIGINT  NOT NULL,
    PRIMARY KEY (object, id)
) WITHOUT ROWID;
INSERT INTO remade SELECT id, desk, user_id, code, reference, object, since, urgent, state, attempts, next, version FROM notice;
DROP TABLE notice;
ALTER TABLE remade RENAME TO notice;

-- A payload whose leaf does not stand in the head yet is the only one to tell that leaf: nobody deletes it.
DROP TRIGGER audit_payload_stays;
CREATE TRIGGER audit_payload_stays BEFORE DELETE ON audit_payload
WHEN NOT EXISTS (SELECT 1 FROM audit_erasing)
    OR NOT EXISTS (SELECT 1 FROM audit_head WHERE epoch = OLD.place >> 42 AND size > OLD.place & 4398046511103)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
