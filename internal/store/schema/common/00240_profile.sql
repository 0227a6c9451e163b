-- +goose Up

-- What a national administrator has confirmed of the law and lists that this member works by.
CREATE TABLE profile_confirmation ( -- content
    key    TEXT   PRIMARY KEY,
    digest TEXT   NOT NULL,
    by     TEXT   NOT NULL,
    day    TEXT   NOT NULL
);
