-- Eppo, Assignment SQL Definition: subject, timestamp, experiment and variation, by these names.
SELECT
    unit        AS subject,
    assigned_at AS timestamp,
    experiment,
    variant     AS variation
FROM variate_assignments
