"""Which market a case belongs to, where a client's rules give the figures of several side by side.

「香港每件 HK$380，臺灣每件 NT$1,500」 is one rule with two answers: the customer hears his own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from copilot.conversation import Conversation
from copilot.language import fold

# A market by its money, its name, and how people there write. Folded text: simplified, lower case.
_MARKETS: Mapping[str, str] = {
    "hk": r"hk\$|hkd|港[币元]|港纸|香港|九龙|新界|[嘅咗唔喺哋㗎冇咁嚟畀乜]",
    "tw": r"nt\$|twd|新?台币|台湾|台北|台中|台南|高雄|花莲",
    "sg": r"s\$|sgd|新元|新币|新加坡|singapore",
    "us": r"us\$|usd|美元|美金|美国",
    "au": r"a\$|aud|澳元|澳洲|australia",
    "gb": r"£|gbp|英镑|英国",
    "eu": r"€|eur|欧元|欧洲",
    "cn": r"cny|rmb|人民币|大陆|内地",
}


@lru_cache(maxsize=1)
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in _MARKETS.items()}


@lru_cache(maxsize=8192)
def _named(text: str) -> frozenset[str]:
    folded = fold(text)
    return frozenset(name for name, pattern in _patterns().items() if pattern.search(folded))


def market_of(conversation: Conversation) -> str | None:
    """Return the one market that the records, else the customer, speak of; None where it is not clear."""
    for role in ("system", "customer"):
        named = _named("\n".join(t.text for t in conversation.turns if t.role == role))
        if named:
            return next(iter(named)) if len(named) == 1 else None
    return None


_PIECE = re.compile(r"(?<=[，；;])|\s*/\s*")


def for_market(text: str, market: str | None) -> str:
    """Return `text` without the pieces that speak of other markets only, where it speaks of several."""
    if market is None or market not in _named(text) or len(_named(text)) == 1:
        return text
    pieces = _PIECE.split(text)
    kept = [piece for piece in pieces if not (named := _named(piece)) or market in named]
    return "".join(kept).rstrip("，；; ") if kept else text
