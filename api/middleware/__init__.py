"""Around every call, from the outside in: context, body size, caller, rate, audit, idempotency."""
