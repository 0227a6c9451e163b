-- +goose Up

-- A browser in which somebody lets herself be told, besides the way in notice_setting. The address is the subscription that
-- the browser gave.
CREATE TABLE notice_browser ( -- content
    id      TEXT   PRIMARY KEY,
    user_id TEXT   NOT NULL,
    address TEXT   NOT NULL,
    made    BIGINT NOT NULL
);

CREATE INDEX notice_browser_user ON notice_browser (user_id);
