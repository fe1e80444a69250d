-- What variate writes. Run it once; running it again changes nothing.

-- One row for each experiment, unit and variant: the first exposure.
CREATE TABLE IF NOT EXISTS variate_assignments (
    event_id       uuid PRIMARY KEY,
    experiment     text NOT NULL,
    variant        text NOT NULL,
    unit           text NOT NULL,           -- the experience key
    subject        text,                    -- what your other tables call the unit, where it was given
    assigned_at    timestamptz NOT NULL,
    reason         text NOT NULL,
    migration_keys text[] NOT NULL          -- the experience keys that the unit had before
);
CREATE INDEX IF NOT EXISTS variate_assignments_by_experiment ON variate_assignments (experiment, assigned_at);

-- One row for each action of a unit.
CREATE TABLE IF NOT EXISTS variate_events (
    event_id       uuid PRIMARY KEY,
    experiment     text NOT NULL,
    variant        text NOT NULL,
    unit           text NOT NULL,
    subject        text,
    action         text NOT NULL,
    value          double precision,
    happened_at    timestamptz NOT NULL,
    reason         text NOT NULL,
    properties     jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS variate_events_by_action ON variate_events (experiment, action, happened_at);
