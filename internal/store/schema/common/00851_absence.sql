-- +goose Up

-- Who is away from a desk, until when, and who stands in. One line for a person at a desk: what she says anew replaces what she said.
CREATE TABLE desk_absence ( -- content
    desk       TEXT   NOT NULL REFERENCES desk (id) DEFERRABLE INITIALLY DEFERRED,
    user_id    TEXT   NOT NULL,
    begins     BIGINT NOT NULL,
    ends       BIGINT NOT NULL,
    stand_in   TEXT   NOT NULL,
    entered_by TEXT   NOT NULL,
    PRIMARY KEY (desk, user_id)
);
