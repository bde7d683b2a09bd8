"""Which article, and which of its rules, fits the case."""
