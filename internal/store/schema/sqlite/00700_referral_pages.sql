
-- Tables that are the index of their own key, as those of 00600: a row is one page to write and not two.
CREATE TABLE remade (
    id          TEXT    NOT NULL,
    desk        TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    peer_member TEXT    NOT NULL,
    peer_desk   TEXT    NOT NULL,
    peer_kind   TEXT    NOT NULL,
    keeper      TEXT    NOT NULL,
    realm       TEXT    NOT NULL,
    case_id     TEXT    NOT NULL,
    owner       TEXT    NOT NULL,
    person_id   TEXT    NOT NULL,
    record      TEXT    NOT NULL,
    reference   TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    urgent      BOOLEAN NOT NULL,
    kind        TEXT    NOT NULL,
    basis       TEXT    NOT NULL,
    consent     TEXT    NOT NULL,
    override    BOOLEAN NOT NULL,
    bundle      TEXT    NOT NULL,
    continues   TEXT    NOT NULL,
    frozen      BOOLEAN NOT NULL,
    arrived     BOOLEAN NOT NULL,
    made        BIGINT  NOT NULL,
    since       BIGINT  NOT NULL,
    due         BIGINT  NOT NULL,
    expires     BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    PRIMARY KEY (id, desk)
) WITHOUT ROWID;
INSERT INTO remade SELECT id, desk, side, peer_member, peer_desk, peer_kind, keeper, realm, case_id, owner, person_id, record,
    reference, status, urgent, kind, basis, consent, override, bundle, continues, frozen, arrived, made, since, due, expires, version
FROM referral;
DROP TABLE referral;
ALTER TABLE remade RENAME TO referral;
CREATE INDEX referral_desk ON referral (desk, id);
CREATE INDEX referral_consent ON referral (consent) WHERE consent <> '';
CREATE INDEX referral_bundle ON referral (bundle) WHERE bundle <> '';
CREATE INDEX referral_expires ON referral (expires) WHERE expires > 0;
CREATE INDEX referral_case ON referral (case_id) WHERE case_id <> '';

CREATE TABLE remade (
    referral_id TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    event       BYTEA  NOT NULL,
    seen        BIGINT NOT NULL,
    PRIMARY KEY (referral_id, desk, digest)
) WITHOUT ROWID;
INSERT INTO remade SELECT referral_id, desk, digest, event, seen FROM referral_event;
DROP TABLE referral_event;
ALTER TABLE remade RENAME TO referral_event;

CREATE TABLE remade (
    envelope    TEXT   NOT NULL PRIMARY KEY,
    referral_id TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    what        TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    intake      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    state       TEXT   NOT NULL
) WITHOUT ROWID;
INSERT INTO remade SELECT envelope, referral_id, desk, what, digest, intake, at, state FROM referral_letter;
DROP TABLE referral_letter;
ALTER TABLE remade RENAME TO referral_letter;
CREATE INDEX referral_letter_end ON referral_letter (referral_id, desk, at);
CREATE INDEX referral_letter_intake ON referral_letter (intake) WHERE intake <> '';
