//! Tallies as files: JSON lines, which can be imported again, and tables for other programs.
