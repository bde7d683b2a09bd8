"""What customers ask service about, whatever words they use: the bridge from 「不坐了」 to 「退票」.

The concepts and their words stand in `concepts.yaml`, for every industry at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from math import log

import yaml

from copilot.conversation import Conversation
from copilot.language import fold
from copilot.retrieval import open_topic
from copilot.signals.smalltalk import is_small_talk
from copilot.suggestion.case.memory import PerVersion
from copilot.suggestion.choice.word_index import WordIndex, index_of
from knowledge.model import Article, ClientKnowledge

# A concept of an earlier turn is less sure to be what is asked now; an order card names much by the way.
_EARLIER, _SHOWN = 0.6, 0.3


@lru_cache(maxsize=1)
def patterns() -> Mapping[str, str]:
    """Return the words of every concept, a regular expression over folded text each."""
    text = files("copilot.suggestion.choice").joinpath("concepts.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return {concept: _at_words(pattern) for concept, pattern in words.items()}


@lru_cache(maxsize=1)
def _index() -> WordIndex:
    return index_of(patterns())


_BRACKET = re.compile(r"(\((?:\?(?:<?[=!]|:))?|[|)])")
_WORD = re.compile(r"[a-z]{3}")
_LETTER = re.compile(r"[a-z]$")


def _at_words(pattern: str) -> str:
    """Let English alternatives begin at a word: 「press」 is not in "express"; "ship(s|ing)" has endings."""
    written = ""
    begin_words = [True]
    at_start = True
    for piece in _BRACKET.split(pattern):
        if at_start and _WORD.match(piece):
            written += r"\b"
        if piece.startswith("("):
            begin_words.append(piece in {"(", "(?:"} and not _LETTER.search(written))
        if piece == ")":
            begin_words.pop()
        if piece:
            at_start = begin_words[-1] and (piece == "|" or piece.startswith("("))
        written += piece
    return written


@lru_cache(maxsize=16384)
def concepts_in(text: str) -> frozenset[str]:
    """Return the concepts that `text` speaks of."""
    return _index().found_in(fold(text))


# A few words about nothing (「人呢 快点」, 「对」) press or assent: what was asked before them still stands.
_FEW_WORDS = 14


def standing(conversation: Conversation) -> frozenset[int]:
    """Return the customer's turns that stand open: since the agent spoke, and what they only press for."""
    request = conversation.open_request
    while request and not any(_says_something(turn.text) for turn in request):
        before = tuple(turn for turn in conversation.turns if turn.index < request[0].index)
        earlier = replace(conversation, turns=before).open_request
        if not earlier:
            break
        request = (*earlier, *request)
    return frozenset(turn.index for turn in request)


def _says_something(text: str) -> bool:
    return len(text) > _FEW_WORDS or any(map(str.isdigit, text)) or bool(concepts_in(text))


def concepts_said(conversation: Conversation) -> Mapping[str, float]:
    """Return what the customer (and the helpdesk) speaks of, each concept with its weight, 0 to 1."""
    open_turns = standing(conversation)
    said: dict[str, float] = {}
    for turn in conversation.turns:
        if turn.role == "agent":
            continue
        weight = 1.0 if turn.index in open_turns else _EARLIER
        weight = _SHOWN if turn.role == "system" else weight
        for concept in concepts_in(turn.text):
            said[concept] = max(said.get(concept, 0.0), weight)
    return said


# He has named his matter by then; a first message may be a greeting, a fragment, or the whole story at once.
_NAMED_BY = 30


def opening(conversation: Conversation) -> frozenset[str]:
    """Return what the customer speaks of first in the open topic: there he names the matter."""
    said: frozenset[str] = frozenset()
    characters = 0
    for turn in open_topic(conversation):
        if turn.role == "customer" and not is_small_talk(turn.text):
            said |= concepts_in(turn.text)
            characters += len(turn.text)
        if said and (characters >= _NAMED_BY or turn.role == "agent"):
            break
    return said


# The customer corrects what he was taken for: 「不是退款 是我挣的」, "not the invoice, I asked …".
_DENIES = re.compile(
    r"(?<!是)不是(?:问|要|买|说|普通|一般)?(?!吗|吧|嘛|我|说|有|很|太|就|因为|只|不|没)[^,，。?？!！|]{1,14}?"
    r"[,，。 ]{0,2}(?:我)?(?:是|问|想|要)(?!不是)|"
    r"(?:我|就)(?:是|在)?问(?:的)?(?:是|有没有|能不能)?[^,，|]{1,14}[,，。 ]{0,2}"
    r"(?:你(?:跟我|给我)?(?:说|发|讲)|不是|又不)|"
    r"我(?:是|在)问|我说(?:的是)?[^,，|]{1,10}[^|]{0,8}不是|都说了|没(?:问|说)(?:你)?(?:这|那)个|"
    r"\bi (?:mean|said|asked)\b|\bnot (?:about )?(?:the|a|an|my) .{2,30}?[,.—-]+ ?(?:i|it|the|but)\b|"
    r"that.s not what i"
)


def denies_offer(conversation: Conversation) -> bool:
    """Whether the customer says that he was misunderstood: what lies nearest is not what he asks."""
    answered = {turn.index for turn in conversation.turns if turn.role == "agent"}
    later = [t for t in conversation.customer_turns if answered and t.index > min(answered)]
    return any(_DENIES.search(fold(turn.text)) for turn in later)


_RARITY = PerVersion[Mapping[str, float]]()


def rarity_of_concepts(knowledge: ClientKnowledge) -> Mapping[str, float]:
    """Return how telling each concept is among the titles and tags of this client's articles."""
    return _RARITY.of(knowledge, _rarity)


def _rarity(knowledge: ClientKnowledge) -> Mapping[str, float]:
    counts = Counter(c for article in knowledge.articles.values() for c in concepts_in(about(article)))
    total = len(knowledge.articles)
    return {concept: log(1 + total / (1 + counts[concept])) for concept in patterns()}


def about(article: Article) -> str:
    """Return what an article says it is about."""
    return f"{article.title} {' '.join(article.tags)}"


def share_of_said(text: str, said: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    """Return how much of what the customer speaks of `text` speaks of, too, 0 to 1."""
    total = sum(rarity[concept] * weight for concept, weight in said.items())
    met = sum(rarity[concept] * said.get(concept, 0.0) for concept in concepts_in(text))
    return met / total if total else 0.0
