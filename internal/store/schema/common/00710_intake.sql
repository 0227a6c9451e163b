-- +goose Up

-- Runs of imports: who began them, how the rows are read, and what became of them in numbers. Nothing of what the rows say.
CREATE TABLE intake_run ( -- content
    id      TEXT    PRIMARY KEY,
    kind    TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    desk    TEXT    NOT NULL,
    dry     BOOLEAN NOT NULL,
    reading BYTEA   NOT NULL,
    began   BIGINT  NOT NULL,
    ended   BIGINT  NOT NULL,
    taken   BIGINT  NOT NULL,
    known   BIGINT  NOT NULL,
    refused BIGINT  NOT NULL
);

-- Rows that became cases, by digests under a key of the node. They stay when a case is erased, so that the same file does not
-- bring her back.
CREATE TABLE intake_row ( -- content
    digest  BYTEA PRIMARY KEY,
    content BYTEA NOT NULL
);

-- Records of published collections, apart from the facts of this node.
CREATE TABLE published ( -- content
    collection TEXT   NOT NULL,
    digest     BYTEA  NOT NULL,
    year       BIGINT NOT NULL,
    codes      TEXT   NOT NULL,
    PRIMARY KEY (collection, digest)
);
