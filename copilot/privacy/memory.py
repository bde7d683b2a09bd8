"""What a process remembers of texts to be quick: all of it can be forgotten at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from typing import Any

_OURS = ("copilot.", "knowledge.")
# Smaller caches hold our own files: patterns, word lists, models.
_OF_TEXTS = 100


def forget_texts() -> int:
    """Empty every function's memory of texts in our modules; return how many were emptied."""
    caches = [cache for cache in _caches() if (cache.cache_parameters()["maxsize"] or 0) >= _OF_TEXTS]
    for cache in caches:
        cache.cache_clear()
    return len(caches)


def _caches() -> Iterator[_lru_cache_wrapper[Any]]:
    # Copies: other threads import, and set a module's names, while this one walks.
    modules = [module for name, module in sys.modules.copy().items() if name.startswith(_OURS)]
    for module in modules:
        yield from (value for value in vars(module).copy().values() if isinstance(value, _lru_cache_wrapper))
