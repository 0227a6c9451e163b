-- +goose Up

-- A case of which another one of the same person is worked with.
ALTER TABLE case_file ADD COLUMN into_case TEXT NOT NULL DEFAULT '';
CREATE INDEX case_file_into ON case_file (into_case, id) WHERE into_case <> '';

-- Two cases that are of one person, as somebody said: proposed where a second person has to say so too, merged, undone. Why is sealed in
-- both cases.
CREATE TABLE case_merge ( -- content
    id       TEXT    PRIMARY KEY,
    survivor TEXT    NOT NULL,
    alias    TEXT    NOT NULL,
    desk     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    hidden   BOOLEAN NOT NULL,
    first    TEXT    NOT NULL,
    second   TEXT    NOT NULL,
    made     BIGINT  NOT NULL,
    merged   BIGINT  NOT NULL,
    ended    BIGINT  NOT NULL,
    ender    TEXT    NOT NULL,
    version  BIGINT  NOT NULL,
    CHECK (survivor <> alias),
    CHECK (second <> first),
    CHECK (version >= 1)
);

CREATE UNIQUE INDEX case_merge_open ON case_merge (alias) WHERE state = 'proposed' OR state = 'merged';
CREATE INDEX case_merge_survivor ON case_merge (survivor, id);
CREATE INDEX case_merge_alias ON case_merge (alias, id);

-- Two cases that are not of one person, as somebody said who looked: they are not proposed again.
CREATE TABLE case_apart ( -- content
    one   TEXT   NOT NULL,
    other TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    by    TEXT   NOT NULL,
    PRIMARY KEY (one, other),
    CHECK (one < other)
);

CREATE INDEX case_apart_other ON case_apart (other, one);
