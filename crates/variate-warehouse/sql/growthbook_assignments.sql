-- GrowthBook, Experiment Assignment Query, identifier type "variate_unit". For units by your own id, make another one
-- with identifier type "user_id" and `subject AS user_id`, WHERE subject IS NOT NULL.
SELECT
    unit        AS variate_unit,
    assigned_at AS timestamp,
    experiment  AS experiment_id,
    variant     AS variation_id
FROM variate_assignments
