"""The source of truth in SQL: every version of every client's knowledge, and the vectors of its texts."""
