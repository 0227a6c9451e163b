-- +goose Up

-- Each step of a referral writes fewer pages. On PostgreSQL nothing changes: its tables have no index of their own key.
