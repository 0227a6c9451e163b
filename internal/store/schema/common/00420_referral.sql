-- +goose Up

-- One end of a referral: what the node may know of it. A national referral has two ends here.
CREATE TABLE referral ( -- content
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
);

CREATE INDEX referral_desk ON referral (desk, id);
CREATE INDEX referral_consent ON referral (consent) WHERE consent <> '';
CREATE INDEX referral_bundle ON referral (bundle) WHERE bundle <> '';
CREATE INDEX referral_expires ON referral (expires) WHERE expires > 0;
CREATE INDEX referral_case ON referral (case_id) WHERE case_id <> '';

-- A signed event as one end holds it; kept for ever.
CREATE TABLE referral_event ( -- content
    referral_id TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    event       BYTEA  NOT NULL,
    seen        BIGINT NOT NULL,
    PRIMARY KEY (referral_id, desk, digest)
);

-- What arrived sealed to the desk and rests in its envelope: a request, words, a bundle.
CREATE TABLE referral_letter ( -- content
    envelope    TEXT   NOT NULL PRIMARY KEY,
    referral_id TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    what        TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    intake      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    state       TEXT   NOT NULL
);

CREATE INDEX referral_letter_end ON referral_letter (referral_id, desk, at);
CREATE INDEX referral_letter_intake ON referral_letter (intake) WHERE intake <> '';

-- The one-time answer of a desk without a node, by the hash of its token.
CREATE TABLE referral_token ( -- content
    hash        TEXT   NOT NULL PRIMARY KEY,
    referral_id TEXT   NOT NULL,
    desk        TEXT   NOT NULL,
    expires     BIGINT NOT NULL,
    spent       BIGINT NOT NULL
);
