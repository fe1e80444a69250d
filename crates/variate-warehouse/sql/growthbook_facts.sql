-- GrowthBook, Fact Table with the identifier types "variate_unit" and "user_id": a metric is a row filter on
-- event_name, and sums up value or counts rows. An action that is tracked for several experiments has a row for each:
-- metrics by "user_id" need a row filter on experiment, too, and those by "variate_unit" do not.
SELECT
    unit        AS variate_unit,
    subject     AS user_id,
    happened_at AS timestamp,
    action      AS event_name,
    value,
    experiment
FROM variate_events
