-- name: AddFact :execrows
INSERT INTO fact (id, month, sex, age, forms, citizenship, status, registrar)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING;

-- name: FactsAfter :many
SELECT * FROM fact WHERE id > $1 ORDER BY id LIMIT $2;

-- name: AddUnnamed :exec
INSERT INTO fact_unnamed (id, month, sex, forms, why, helped)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: UnnamedAfter :many
SELECT * FROM fact_unnamed WHERE id > $1 ORDER BY id LIMIT $2;

-- name: SetHelp :exec
INSERT INTO fact_help (id, year, services, wait)
VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET year = excluded.year, services = excluded.services, wait = excluded.wait;

-- name: HelpAfter :many
SELECT * FROM fact_help WHERE id > $1 ORDER BY id LIMIT $2;

-- name: FactSpans :one
SELECT CAST(coalesce((SELECT month FROM fact WHERE month > 0 ORDER BY month LIMIT 1), 0) AS BIGINT) AS fact_from,
       CAST(coalesce((SELECT month FROM fact WHERE month > 0 ORDER BY month DESC LIMIT 1), 0) AS BIGINT) AS fact_to,
       CAST(coalesce((SELECT month FROM fact_unnamed WHERE month > 0 ORDER BY month LIMIT 1), 0) AS BIGINT) AS unnamed_from,
       CAST(coalesce((SELECT month FROM fact_unnamed WHERE month > 0 ORDER BY month DESC LIMIT 1), 0) AS BIGINT) AS unnamed_to,
       CAST(coalesce((SELECT year FROM fact_help WHERE year < 'a' ORDER BY year LIMIT 1), '') AS TEXT) AS help_from,
       CAST(coalesce((SELECT year FROM fact_help WHERE year < 'a' ORDER BY year DESC LIMIT 1), '') AS TEXT) AS help_to;

-- name: AddSnapshot :execrows
INSERT INTO fact_snapshot (digest, about, year, at, maker, body, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING;

-- name: Snapshots :many
SELECT digest, about, year, at, maker FROM fact_snapshot ORDER BY at DESC, digest;

-- name: Snapshot :one
SELECT body, signature FROM fact_snapshot WHERE digest = $1;
