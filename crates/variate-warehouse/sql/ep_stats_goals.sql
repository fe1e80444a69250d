-- Ep-Stats, and variate's evaluation of its requests (`PostgresGoals` of variate-goals, `variate serve --goals-sql`): rows
-- as its Dao gives them. A unit's actions count from its first exposure on; who saw two variants is left out. Days are
-- those of UTC, as everywhere in variate, whatever the time zone of the database.
WITH exposed AS (
    SELECT unit, min(variant) AS variant, min(assigned_at) AS assigned_at
    FROM variate_assignments
    WHERE experiment = :experiment_id
    GROUP BY unit
    HAVING count(DISTINCT variant) = 1
), reached AS (
    SELECT unit, variant, 'exposure' AS goal, 1 AS n, 0 AS total
    FROM exposed
    WHERE (:date_from IS NULL OR (assigned_at AT TIME ZONE 'UTC')::date >= :date_from)
      AND (:date_to IS NULL OR (assigned_at AT TIME ZONE 'UTC')::date <= :date_to)
    UNION ALL
    SELECT unit, exposed.variant, action, count(*), coalesce(sum(value), 0)
    FROM variate_events JOIN exposed USING (unit)
    WHERE experiment = :experiment_id AND action = ANY(:goals) AND happened_at >= assigned_at
      AND (:date_from IS NULL OR (happened_at AT TIME ZONE 'UTC')::date >= :date_from)
      AND (:date_to IS NULL OR (happened_at AT TIME ZONE 'UTC')::date <= :date_to)
    GROUP BY unit, exposed.variant, action
)
SELECT
    variant           AS exp_variant_id,
    :unit_type        AS unit_type,
    agg_type,
    goal,
    sum(n)            AS count,
    sum(n * n)        AS sum_sqr_count,
    sum(total)        AS sum_value,
    sum(total * total) AS sum_sqr_value,
    count(*)          AS count_unique,
    sum(n * total)    AS sum_count_value
FROM reached CROSS JOIN (VALUES ('unit'), ('global')) AS by (agg_type)
GROUP BY variant, agg_type, goal
