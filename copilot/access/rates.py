"""How many calls a key may make and how many may be about one client, in a moving minute.

Counted in the process: with several workers each counts its own share of the calls.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Rates:
    """The two limits. Safe between threads."""

    def __init__(self, per_caller: int, per_client: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_caller = RateLimitItemPerMinute(per_caller)
        self._per_client = RateLimitItemPerMinute(per_client)

    def caller_wait(self, caller: str, own_limit: int | None = None) -> int | None:
        """Count a call of the caller; return the seconds to wait where it is one too many."""
        limit = self._per_caller if own_limit is None else RateLimitItemPerMinute(own_limit)
        return self._wait(limit, "caller", caller)

    def client_wait(self, client_id: str) -> int | None:
        """Count a call about the client; return the seconds to wait where it is one too many."""
        return self._wait(self._per_client, "client", client_id)

    def _wait(self, limit: RateLimitItemPerMinute, kind: str, name: str) -> int | None:
        if self._limiter.hit(limit, kind, name):
            return None
        reset = self._limiter.get_window_stats(limit, kind, name).reset_time
        return max(1, math.ceil(reset - time.time()))
