"""Remember it: SQLite by default, PostgreSQL for teams; the only SQL."""
