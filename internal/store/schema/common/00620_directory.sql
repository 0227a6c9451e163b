-- +goose Up

-- Who helps and with what. What is confidential is in sealed, under the key of directory_box, and nowhere else.
CREATE TABLE directory ( -- content
    id       TEXT   PRIMARY KEY,
    desk     TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    body     BYTEA  NOT NULL,
    sealed   BYTEA  NOT NULL,
    sealed_version BIGINT NOT NULL,
    verified BIGINT NOT NULL,
    version  BIGINT NOT NULL
);

CREATE UNIQUE INDEX directory_source ON directory (source) WHERE source <> '';

-- The key of the confidential places of one organisation, wrapped by the wrap key of the desk that keeps it.
CREATE TABLE directory_box ( -- keys
    id         TEXT   PRIMARY KEY,
    generation BIGINT NOT NULL,
    sealed     BYTEA  NOT NULL
);

-- What was last said of the places of one service.
CREATE TABLE directory_capacity ( -- content
    organisation TEXT   NOT NULL,
    service      TEXT   NOT NULL,
    light        TEXT   NOT NULL,
    said         BIGINT NOT NULL,
    PRIMARY KEY (organisation, service)
);
