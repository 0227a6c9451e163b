-- +goose Up

-- From when to when something was counted, without reading all of it.
CREATE INDEX fact_by_month ON fact (month);
CREATE INDEX fact_unnamed_by_month ON fact_unnamed (month);
CREATE INDEX fact_help_by_year ON fact_help (year);
