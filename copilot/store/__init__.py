"""The copilot's own tables beside the knowledge: keys, audit, idempotency, live state."""
