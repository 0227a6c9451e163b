-- name: AddTask :exec
INSERT INTO task (id, desk, user_id, realm, kind, object, reference, urgent, remind, due, chain, step, reminded, deputy,
    coordinator, state, made, ended, next, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20);

-- name: SetTask :execrows
UPDATE task SET remind = sqlc.arg(remind), due = sqlc.arg(due), chain = sqlc.arg(chain), step = sqlc.arg(step),
    reminded = sqlc.arg(reminded), deputy = sqlc.arg(deputy), coordinator = sqlc.arg(coordinator), state = sqlc.arg(state),
    ended = sqlc.arg(ended), next = sqlc.arg(next), version = sqlc.arg(version) + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: Task :one
SELECT * FROM task WHERE id = $1;

-- name: OpenTasks :many
SELECT * FROM task WHERE object = sqlc.arg(object) AND state = 'open'
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind)) ORDER BY id;

-- name: OpenTasksCalled :many
SELECT * FROM task WHERE reference = sqlc.arg(reference) AND state = 'open'
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind)) ORDER BY id;

-- name: DueTasks :many
SELECT * FROM task WHERE next > 0 AND next <= sqlc.arg(now)
    AND (next > sqlc.arg(after_next) OR (next = sqlc.arg(after_next) AND id > sqlc.arg(after_id)))
ORDER BY next, id LIMIT sqlc.arg(many);

-- name: Tasks :many
SELECT * FROM task WHERE realm = sqlc.arg(realm) AND state = sqlc.arg(state) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
    AND (CAST(sqlc.arg(object) AS TEXT) = '' OR object = sqlc.arg(object))
    AND (CAST(sqlc.arg(reference) AS TEXT) = '' OR reference = sqlc.arg(reference))
    AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = sqlc.arg(user_id))
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = sqlc.arg(desk) OR deputy = sqlc.arg(desk) OR coordinator = sqlc.arg(desk))
ORDER BY id LIMIT sqlc.arg(many);

-- name: OpenTasksAt :many
SELECT * FROM task WHERE state = 'open' AND desk = sqlc.arg(desk) AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
    AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = sqlc.arg(user_id))
ORDER BY id LIMIT sqlc.arg(many);

-- name: OpenTasksForDeputy :many
SELECT * FROM task WHERE state = 'open' AND deputy = sqlc.arg(desk) AND deputy <> '' AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
    AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = sqlc.arg(user_id))
ORDER BY id LIMIT sqlc.arg(many);

-- name: OpenTasksForCoordinator :many
SELECT * FROM task WHERE state = 'open' AND coordinator = sqlc.arg(desk) AND coordinator <> '' AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
    AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = sqlc.arg(user_id))
ORDER BY id LIMIT sqlc.arg(many);

-- name: OpenTasksOf :many
SELECT * FROM task WHERE state = 'open' AND user_id = sqlc.arg(user_id) AND user_id <> '' AND realm = sqlc.arg(realm) AND id > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
ORDER BY id LIMIT sqlc.arg(many);

-- name: OpenTasksIn :many
SELECT * FROM task WHERE state = 'open' AND realm = sqlc.arg(realm) AND id || '' > sqlc.arg(after)
    AND (CAST(sqlc.arg(kind) AS TEXT) = '' OR kind = sqlc.arg(kind))
ORDER BY id || '' LIMIT sqlc.arg(many);

-- name: WaitingTasks :many
SELECT desk, COUNT(*) AS n, CAST(SUM(CASE WHEN due > 0 AND due < sqlc.arg(now) THEN 1 ELSE 0 END) AS BIGINT) AS late,
    CAST(COALESCE(MIN(CASE WHEN due > 0 AND due < sqlc.arg(now) THEN due END), 0) AS BIGINT) AS since
FROM task WHERE state = 'open' AND realm = sqlc.arg(realm)
    AND (CAST(sqlc.arg(desk) AS TEXT) = '' OR desk = sqlc.arg(desk))
    AND (CAST(sqlc.arg(user_id) AS TEXT) = '' OR user_id = sqlc.arg(user_id))
GROUP BY desk ORDER BY desk;
