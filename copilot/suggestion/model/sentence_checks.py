"""Whether a sentence that a model wrote may be shown: it must follow from its evidence, in every respect.

Anything doubtful is cut: the composition's own sentence stands in its place, so that nothing is lost but
wording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from copilot.answer import Suggestion
from copilot.authority import check_commitments, contacts_named, decide, recognise
from copilot.conversation import Conversation
from copilot.language import fold, in_script
from copilot.signals.forbidden import find_forbidden
from copilot.signals.reasked import find_reasked
from copilot.signals.stock_phrase import label_reply
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.coverage import Coverage, clauses_of, cover
from copilot.suggestion.model.material import Material, Piece, is_lead
from copilot.suggestion.model.nearby import share_together
from copilot.suggestion.model.parsing import Said
from copilot.suggestion.model.spelling import hidden_figures, is_strange
from copilot.suggestion.sums.figures import figures_of, money_in, together
from knowledge.model import AuthorityMatrix

CutReason = Literal[
    "markup", "characters", "placeholder", "language", "uncited", "number", "benefit", "commitment",
    "recipient", "forbidden", "stock", "asked_again", "polarity", "evidence", "unfaithful",
]  # fmt: skip
# Share of a sentence's telling characters (words in English) that its evidence must have.
ENTAILED = 0.72
# Between these the embedding decides, where there is one.
DOUBTFUL = 0.55
# Below this cosine a doubtful sentence speaks of something else (e5 vectors lie close together).
NEAR = 0.9
_LONGEST_UNKNOWN = 3
# A clause of which less than this has evidence says something of its own …
CLAUSE_ENTAILED = 0.5
# … if so many characters (words in English) stand in it one after the other.
_FOREIGN_RUN = 2
# … or, in English, where no more than this share of its neighbouring words stand together anywhere.
TOGETHER = 0.5
_ACTION_STRENGTH = 0.56
_CLAUSE_ALIKE = 0.6
_PLACEHOLDER = re.compile(r"\[[A-Z_]{2,}_\d+\]")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_HAN = re.compile(r"[㐀-鿿]")
# Without a maximum these let any amount pass.
_UNBOUNDED = frozenset({"refund", "compensation"})
# A token with capitals that is all capitals or mixed with digits.
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[A-Z])(?=[A-Z]{4}|[A-Za-z]*\d|\d+[A-Za-z])[A-Za-z0-9]{4,}"
)
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]{2,}")

Similarity = Callable[[str, Sequence[str]], float]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that may be shown, and the evidence it rests on."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that may not, and why."""

    reason: CutReason
    text: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What sentences of one case are held against. `records`: the helpdesk's turns, `talk`: all own words."""

    case: Frame
    suggestion: Suggestion
    material: Material
    records: str
    talk: str
    similarity: Similarity | None = None

    @property
    def conclusions(self) -> tuple[str, ...]:
        """The composition's sentences: verified before, so evidence for everything."""
        return tuple(piece.text for piece in self.material.conclusions)


def grounds_of(
    case: Frame, suggestion: Suggestion, material: Material, similarity: Similarity | None = None
) -> Grounds:
    """Return the grounds of a case."""
    turns = [(turn.role, own_words(turn)) for turn in case.conversation.turns if turn.role != "agent"]
    records = "\n".join(text for role, text in turns if role == "system")
    return Grounds(case, suggestion, material, records, "\n".join(text for _, text in turns), similarity)


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    text = files("copilot.suggestion.model").joinpath("sentence_words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


@lru_cache(maxsize=32)
def pattern(name: str) -> re.Pattern[str]:
    """Return the alternatives listed under `name`, one or more a line, as one pattern."""
    return re.compile("|".join(str(_words()[name]).strip().splitlines()), re.MULTILINE)


def check(said: Said, grounds: Grounds) -> Kept | Cut:
    """Return the sentence as it may be shown, or why it may not."""
    text = in_script(said.text.strip(), grounds.case.language)
    sentence = _Sentence(text, fold(text), _evidence(said, grounds), grounds)
    for reason, fails in _CHECKS:
        if fails(sentence):
            return Cut(reason, text)
    return Kept(text, tuple(piece.id for piece in sentence.evidence))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with what it claims to rest on."""

    text: str
    folded: str
    evidence: tuple[Piece, ...]
    grounds: Grounds

    @property
    def cited(self) -> tuple[str, ...]:
        """The words of the cited evidence."""
        return tuple(piece.text for piece in self.evidence)

    @property
    def sources(self) -> tuple[str, ...]:
        """What the sentence may be made of: all conclusions, and the cited passages."""
        return tuple(dict.fromkeys((*self.grounds.conclusions, *self.cited)))

    def says(self, name: str) -> bool:
        """Whether the sentence has one of the words listed under `name`."""
        return pattern(name).search(self.folded) is not None


def _evidence(said: Said, grounds: Grounds) -> tuple[Piece, ...]:
    named = (grounds.material.piece(cite) for cite in said.cites)
    found = tuple(piece for piece in named if piece is not None)
    return found or _nearest_conclusion(said.text, grounds)


def _nearest_conclusion(text: str, grounds: Grounds) -> tuple[Piece, ...]:
    """A sentence without a mark belongs to the conclusion whose words it has."""
    best = max(grounds.material.conclusions, key=lambda piece: cover(text, (piece.text,)).share, default=None)
    return (best,) if best is not None and cover(text, (best.text,)).share >= DOUBTFUL else ()


def _has_markup(sentence: _Sentence) -> bool:
    return sentence.says("markup")


def _has_strange_characters(sentence: _Sentence) -> bool:
    return is_strange(sentence.text, "".join((*sentence.sources, sentence.grounds.records)))


def _has_placeholder(sentence: _Sentence) -> bool:
    return _PLACEHOLDER.search(sentence.text) is not None


def _other_language(sentence: _Sentence) -> bool:
    known = fold("\n".join((*sentence.sources, sentence.grounds.talk)))
    if sentence.grounds.case.language == "en":
        foreign = _HAN.findall(sentence.text)
        return any(character not in known for character in foreign)
    if not _HAN.search(sentence.text):
        return True
    return any(fold(word) not in known for word in _LATIN.findall(sentence.text))


def _is_uncited(sentence: _Sentence) -> bool:
    return not sentence.evidence


def _invents_number(sentence: _Sentence) -> bool:
    """A figure of no source; where money moves, the customer's own word is none."""
    grounds = sentence.grounds
    said = grounds.records if sentence.says("giving") else grounds.talk
    known = [figures_of(text) for text in (*sentence.sources, said)]
    return figures_of(sentence.text).unsupported_by(together(known)) or _hides_number(sentence)


def _hides_number(sentence: _Sentence) -> bool:
    """A figure in spelt digits, a sum without a figure, money of another country, a day with a name."""
    known = (*sentence.sources, sentence.grounds.records)
    hidden = hidden_figures(sentence.text) - frozenset().union(*map(hidden_figures, known))
    told = fold("\n".join(known))
    return bool(hidden) or any(m.group() not in told for m in pattern("hidden").finditer(sentence.folded))


def _invents_benefit(sentence: _Sentence) -> bool:
    """A benefit, a certainty or a speed that neither the cited rule nor the conclusions give."""
    known = fold("\n".join(sentence.sources))
    said = {m.group() for name in ("benefit", "pledge") for m in pattern(name).finditer(sentence.folded)}
    return any(word not in known for word in said)


def _commits(sentence: _Sentence) -> bool:
    if _is_copy(sentence):
        return False
    return (
        _exceeds_authority(sentence)
        or _gives_blocked(sentence)
        or _gives_unknown_money(sentence)
        or _gives_above_limit(sentence)
        or _claims_done(sentence)
    )


def _is_copy(sentence: _Sentence) -> bool:
    """Whether it says one conclusion again, with the same figures."""
    for conclusion in sentence.grounds.conclusions:
        if is_lead(conclusion):
            continue
        there = cover(sentence.text, (conclusion,)).share >= 0.95
        back = cover(conclusion, (sentence.text,)).share >= 0.85
        if there and back and figures_of(sentence.text) == figures_of(conclusion):
            return True
    return False


def _exceeds_authority(sentence: _Sentence) -> bool:
    drafted = _as_draft(sentence)
    return bool(check_commitments(drafted, sentence.grounds.case.knowledge.authority))


def _as_draft(sentence: _Sentence) -> Conversation:
    return replace(sentence.grounds.case.conversation, turns=(), draft=sentence.text)


def _gives_blocked(sentence: _Sentence) -> bool:
    """An act that this agent may not do alone is only said as somebody else's to decide, or denied."""
    if sentence.says("approval") or sentence.says("denial"):
        return False
    grounds = sentence.grounds
    matrix, tier = grounds.case.knowledge.authority, grounds.case.conversation.agent.tier
    blocked = {a.action for a in grounds.suggestion.actions if a.verdict != "allowed"}
    for act in recognise(sentence.text, matrix):
        if act.action in blocked:
            return True
        if act.strength >= _ACTION_STRENGTH and decide(matrix, tier, act.action).verdict != "allowed":
            return True
    return False


def _gives_unknown_money(sentence: _Sentence) -> bool:
    """Money that moves must be an amount of the rules or conclusions, not one that the customer says."""
    amounts = set(money_in(sentence.text))
    if not amounts or not sentence.says("giving"):
        return False
    # The lead repeats what the customer claims: it grants nothing.
    rules = (text for text in sentence.sources if not is_lead(text))
    stated = {amount for text in rules for amount in money_in(text)}
    if not amounts <= stated:
        return True
    actions = sentence.grounds.suggestion.actions
    granted = {a.amount for a in actions if a.verdict == "allowed" and a.amount is not None}
    decided_above = sentence.grounds.suggestion.authority == "needs_escalation"
    return decided_above and not amounts <= granted and not sentence.says("approval")


def _gives_above_limit(sentence: _Sentence) -> bool:
    """Money beyond every limit of the tier, without a word about who approves."""
    amounts = money_in(sentence.text)
    if not amounts or not sentence.says("giving") or sentence.says("approval") or sentence.says("denial"):
        return False
    case = sentence.grounds.case
    limit = highest_limit(case.knowledge.authority, case.conversation.agent.tier)
    return limit is not None and max(amounts) > limit and sentence.says("promise")


def highest_limit(matrix: AuthorityMatrix, tier: str) -> float | None:
    """Return the most money that any rule lets the tier give; None where one sets no limit."""
    reach = matrix.tiers[: matrix.tiers.index(tier) + 1] if tier in matrix.tiers else (tier,)
    mine = [rule for rule in matrix.rules if rule.allowed and (rule.tier is None or rule.tier in reach)]
    if any(rule.max is None and rule.action in _UNBOUNDED for rule in mine):
        return None
    return max((rule.max for rule in mine if rule.max is not None), default=0.0)


def _claims_done(sentence: _Sentence) -> bool:
    """What is said to have happened must be a record's or a conclusion's word."""
    known = fold("\n".join((*sentence.sources, sentence.grounds.records)))
    told = set(_acts(known))
    return any(act not in told for act in _acts(sentence.folded))


def _acts(folded: str) -> Iterable[str]:
    for match in pattern("done").finditer(folded):
        yield next(group for group in match.groups() if group)


def _names_other_recipient(sentence: _Sentence) -> bool:
    case = sentence.grounds.case
    settings, tiers = case.knowledge.settings, case.knowledge.authority.tiers
    named = set(contacts_named(sentence.text, settings, tiers))
    return bool(named - set(contacts_named("\n".join(sentence.sources), settings, tiers)))


def _is_forbidden(sentence: _Sentence) -> bool:
    if _asks_a_secret(sentence) and not _is_copy(sentence):
        return True
    return bool(find_forbidden(_as_draft(sentence), sentence.grounds.case.knowledge.settings))


def _asks_a_secret(sentence: _Sentence) -> bool:
    """A clause about a password or code that does not say no."""
    naming = (c for c in clauses_of(sentence.text) if pattern("secret").search(fold(c)))
    return any(not is_negated(clause) for clause in naming)


def _is_stock(sentence: _Sentence) -> bool:
    if _is_copy(sentence):
        return False
    return label_reply(sentence.text, ()).label == "stock"


def _asks_again(sentence: _Sentence) -> bool:
    case = sentence.grounds.case
    drafted = replace(case.conversation, draft=sentence.text)
    return any(item.where == "draft" for item in find_reasked(drafted, case.facts))


def _turns_around(sentence: _Sentence) -> bool:
    """A clause that denies what its evidence grants, or grants what its evidence denies."""
    theirs = [clause for text in sentence.sources for clause in clauses_of(text)]
    return any(_reverses(clause, theirs) for clause in clauses_of(sentence.text))


def _reverses(clause: str, theirs: Sequence[str]) -> bool:
    ours = is_negated(clause)
    alike = [c for c in theirs if cover(clause, (c,)).share >= _CLAUSE_ALIKE]
    if ours:
        return not any(
            is_negated(c) for c in (alike or [c for c in theirs if cover(c, (clause,)).share >= 0.4])
        )
    return bool(alike) and all(is_negated(c) for c in alike)


def is_negated(text: str) -> bool:
    """Whether `text` denies something (「不超过」 denies nothing)."""
    return pattern("negation").search(pattern("no_negation").sub("", fold(text))) is not None


def _lacks_evidence(sentence: _Sentence) -> bool:
    found = cover(sentence.text, (*sentence.sources, sentence.grounds.records, _connecting(sentence)))
    if found.longest_unknown > _LONGEST_UNKNOWN or _invents_name(sentence):
        return True
    # Something must come from the evidence itself, not from connecting words alone.
    if cover(sentence.text, sentence.sources).share < DOUBTFUL / 2:
        return True
    if any(_is_foreign(clause, sentence) for clause in clauses_of(sentence.text)):
        return True
    return found.share < ENTAILED and not _is_near(found, sentence)


def _is_foreign(clause: str, sentence: _Sentence) -> bool:
    """A clause of its own matter, hidden beside a long one that has evidence."""
    evidence = (*sentence.sources, sentence.grounds.records)
    found = cover(clause, (*evidence, _connecting(sentence)))
    if found.share < CLAUSE_ENTAILED and found.longest_unknown >= _FOREIGN_RUN:
        return True
    return sentence.grounds.case.language == "en" and share_together(clause, evidence) <= TOGETHER


def _connecting(sentence: _Sentence) -> str:
    words: str = _words()["connecting"]["en" if sentence.grounds.case.language == "en" else "zh"]
    return words


def _is_near(found: Coverage, sentence: _Sentence) -> bool:
    similarity = sentence.grounds.similarity
    if found.share < DOUBTFUL or similarity is None:
        return False
    return similarity(sentence.text, sentence.cited) >= NEAR


def _invents_name(sentence: _Sentence) -> bool:
    """A capitalised word, an abbreviation or a code that neither evidence nor conversation has."""
    known = fold("\n".join((*sentence.sources, sentence.grounds.talk)))
    names = (*_CAPITALISED.findall(sentence.text), *_CODE.findall(sentence.text))
    return any(fold(name) not in known for name in names)


_CHECKS: tuple[tuple[CutReason, Callable[[_Sentence], bool]], ...] = (
    ("markup", _has_markup),
    ("characters", _has_strange_characters),
    ("placeholder", _has_placeholder),
    ("language", _other_language),
    ("uncited", _is_uncited),
    ("number", _invents_number),
    ("benefit", _invents_benefit),
    ("commitment", _commits),
    ("recipient", _names_other_recipient),
    ("forbidden", _is_forbidden),
    ("stock", _is_stock),
    ("asked_again", _asks_again),
    ("polarity", _turns_around),
    ("evidence", _lacks_evidence),
)
