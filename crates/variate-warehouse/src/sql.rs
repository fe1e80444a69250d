//! The SQL: tables, and what analyses ask for.

/// The two tables, with an index each. Running it again changes nothing.
pub const SCHEMA: &str = include_str!("../sql/schema.sql");

/// GrowthBook's experiment assignment query.
pub const GROWTHBOOK_ASSIGNMENTS: &str = include_str!("../sql/growthbook_assignments.sql");

/// A fact table of GrowthBook's.
pub const GROWTHBOOK_FACTS: &str = include_str!("../sql/growthbook_facts.sql");

/// Eppo's assignment SQL definition.
pub const EPPO_ASSIGNMENTS: &str = include_str!("../sql/eppo_assignments.sql");

/// A fact SQL definition of Eppo's.
pub const EPPO_FACTS: &str = include_str!("../sql/eppo_facts.sql");

/// Goals for Ep-Stats' requests, with named parameters as `PostgresGoals` of variate-goals takes them.
pub const EP_STATS_GOALS: &str = include_str!("../sql/ep_stats_goals.sql");
