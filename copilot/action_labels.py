"""An action's name for people: the client's own short note where it names the act, else the name's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.language import fold, in_script


@dataclass(frozen=True, slots=True)
class _Labels:
    """How words of names are said: several together, one alone, what stands between, and which are acts."""

    together: Mapping[str, str]
    names: Mapping[str, str]
    between: Mapping[str, str]
    verbs: frozenset[str]
    known: Mapping[str, Sequence[str]]


@lru_cache(maxsize=1)
def _labels() -> _Labels:
    own = yaml.safe_load(files("copilot").joinpath("action_labels.yaml").read_text(encoding="utf-8"))
    words = yaml.safe_load(files("copilot").joinpath("action_words.yaml").read_text(encoding="utf-8"))[
        "words"
    ]
    return _Labels(own["together"], own["names"], own["between"], frozenset(own["verbs"]), words)


def action_label(action: str, language: str, notes: Sequence[str] = ()) -> str:
    """Return an action's name for people: 「取消费退款」 for cancel_fee_refund.

    `notes` are those of its rules, in the client's language. A name that the words cover only in part stays
    as it is: half a translation is worse than none.
    """
    if language == "en":
        return action.replace("_", " ")
    return in_script(_noted(action, notes) or _said(action) or action, language)


# --- by the name's own words ---------------------------------------------------------------------


def _said(action: str) -> str:
    """The name in Chinese, empty where a word of it is not known."""
    labels, words = _labels(), action.lower().split("_")
    for at, word in enumerate(words[1:-1], start=1):
        if word in labels.between:
            left, right = _joined(words[:at]), _joined(words[at + 1 :])
            return labels.between[word].format(left=left, right=right) if left and right else ""
    return _joined(words)


def _joined(words: Sequence[str]) -> str:
    parts = _parts(words)
    said = "".join(part for part in parts if part is not None) if None not in parts else ""
    return re.sub("^费(?!用)", "费用", said.replace("费费", "费"))


_LONGEST = 3


def _parts(words: Sequence[str]) -> list[str | None]:
    """The words' labels, several words together first; None for what is not known."""
    labels, parts, at = _labels(), list[str | None](), 0
    while at < len(words):
        spans = (words[at : at + size] for size in range(min(_LONGEST, len(words) - at), 1, -1))
        together = next((span for span in spans if "_".join(span) in labels.together), None)
        parts.append(labels.together["_".join(together)] if together else _name_of(words[at]))
        at += len(together) if together else 1
    return parts


def _name_of(word: str) -> str | None:
    labels = _labels()
    said = labels.names.get(word)
    if said is None and word in labels.known:
        said = next((str(way) for way in labels.known[word]), "")
    return None if said is None or re.search("[a-z]", fold(said)) else said


# --- by the client's own note --------------------------------------------------------------------

_CLAUSE_ENDS = re.compile(r"[，,；;。：:（(]")
# A note that lists things or sets a condition names no act.
_NO_NAME = re.compile(
    r"[、/或和及]|[不只按每须由可先请仅以需限已未没含]|坐席|客服|一线|额度|权限|金额|[a-z]{2}|\d"
)
_THING = re.compile(r"[一-鿿]{2,6}")
_LEAST, _MOST = 3, 12


def _noted(action: str, notes: Sequence[str]) -> str:
    """The first clause of the one note, with the act where it names only the thing; else empty."""
    known = list(dict.fromkeys(note for note in notes if note))
    clause = _CLAUSE_ENDS.split(known[0])[0].strip() if len(known) == 1 else ""
    folded = fold(clause)
    if not _LEAST <= len(clause) <= _MOST or _NO_NAME.search(folded):
        return ""
    words = action.lower().split("_")
    acts = [words[-1], *(words[:1] if words[0] in _labels().verbs else [])]
    if any(way in folded for act in acts for way in _ways(act)):
        return clause
    act = _ACTS.get(words[-1], "")
    if not act or not _THING.fullmatch(folded):
        return ""
    return clause if _IS_ACT.search(folded) else f"{clause}{act}"


def _ways(word: str) -> tuple[str, ...]:
    """The ways to say a word in Chinese, of two characters or more."""
    labels = _labels()
    said = (labels.names.get(word, ""), *labels.known.get(word, ()))
    return tuple(way for way in (fold(str(s)) for s in said) if _THING.fullmatch(way))


# What is done with a thing that a note names, and a clause that says so in other words (「退定金」).
_ACTS = {"refund": "退款", "waive": "减免", "reimburse": "报销", "reduce": "减免"}
_IS_ACT = re.compile("[退免减补赔]")
