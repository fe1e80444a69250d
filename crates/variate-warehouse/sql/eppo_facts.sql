-- Eppo, Fact SQL Definition: the entity is subject, each action is a fact with its value.
SELECT
    unit              AS subject,
    happened_at       AS timestamp,
    action            AS fact,
    coalesce(value, 1) AS value
FROM variate_events
