"""Who calls, what that role may do, for which clients, and what is remembered of it."""
