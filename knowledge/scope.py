"""Which named things the talk is about: articles that share a name (a hotel, a model) belong together.

"What time is check-in?" has as many answers as there are hotels; the name was said three turns ago, often by
the agent. A tag is a name where several articles share it and most do not; it is meant where a turn says
nearly all of its words, and the name said last is the one meant now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.model import Article
from knowledge.text import tokens

# A tag on fewer articles than this names a topic, not a thing with articles of its own …
_LEAST = 3
# … and one on a larger share of them narrows nothing.
_LARGEST_SHARE = 0.1
# So much of a name (by rarity of its words) must be said; people leave out "hotel" and "the".
_SAID = 0.7
# What a name said before the last one still counts.
_EARLIER = 0.5
# Names end here: longer tags are sentences.
_LONGEST = 8


class Scopes:
    """The names of one client's articles. Immutable, safe between threads."""

    def __init__(self, articles: Sequence[Article]) -> None:
        owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, article in enumerate(articles):
            for name in {tuple(dict.fromkeys(tokens(tag))) for tag in article.tags}:
                owners[name].append(index)
        largest = _LARGEST_SHARE * len(articles)
        self._owners: Mapping[tuple[str, ...], list[int]] = {
            name: rows
            for name, rows in owners.items()
            if 0 < len(name) <= _LONGEST and _LEAST <= len(rows) <= largest
        }
        self._count = len(articles)
        seen = Counter(word for name in self._owners for word in name)
        self._rarity = {word: float(np.log(1 + len(self._owners) / n)) for word, n in seen.items()}

    def boosts(self, talk: Sequence[str]) -> NDArray[np.float32] | None:
        """Return for every article how surely its name is meant, 0 to 1; None where no name is said.

        `talk` holds the turns, oldest first.
        """
        found: NDArray[np.float32] | None = None
        weight = 1.0
        for text in reversed(talk) if self._owners else ():
            named = self._named(frozenset(tokens(text)))
            if not named:
                continue
            found = np.zeros(self._count, np.float32) if found is None else found
            for name in named:
                rows = self._owners[name]
                found[rows] = np.maximum(found[rows], weight)
            weight *= _EARLIER
        return found

    def _named(self, said: frozenset[str]) -> list[tuple[str, ...]]:
        shares = {name: self._share(name, said) for name in self._owners if not said.isdisjoint(name)}
        best = max(shares.values(), default=0.0)
        return [name for name, share in shares.items() if share >= max(_SAID, best)]

    def _share(self, name: tuple[str, ...], said: frozenset[str]) -> float:
        total = sum(self._rarity[word] for word in name)
        return sum(self._rarity[word] for word in name if word in said) / total
