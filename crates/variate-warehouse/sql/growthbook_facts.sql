-- GrowthBook, Fact Table with the identifier types "variate_unit" and "user_id": a metric is a row filter on
-- event_name, and sums up value or counts rows.
SELECT
    unit        AS variate_unit,
    subject     AS user_id,
    happened_at AS timestamp,
    action      AS event_name,
    value,
    experiment
FROM variate_events
