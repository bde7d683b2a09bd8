"""What happened in the customer's own words, condensed: filler goes, facts stay, each said once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from copilot.answer import TimelineEntry
from copilot.conversation import Turn
from copilot.escalation.findings import Case
from copilot.escalation.words import clip, is_about, one_line, pattern, say
from copilot.language import fold, quotable
from copilot.signals.text import all_clauses, sentences
from copilot.suggestion.case.evidence import grams

_ENDS = "，,、；;。.!！ "
_CARD = re.compile(r"^\s*[\[【［]([^\]】］]{1,12})[\]】］]\s*")
_ANSWERED, _ANSWER_LENGTH = 3, {"en": 90}
_TIMELINE_LENGTH = 60
# So many clauses open the hand-over.
_OPENING = 3
# A clause of fewer pairs of characters is a fragment.
_WHOLE = 4
# What may stand beside an identifier without saying more than it (「尾号」, "tracking").
_BESIDE, _BESIDE_ASCII = 6, 12
_SHOWN_APART = frozenset({"order_id", "plate", "tracking_number"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause of the story. `joint` is the mark that stood before it; `worth` what it tells."""

    turn_index: int
    text: str
    joint: str
    worth: float


_NOTHING = Piece(0, "", "", 0.0)


def pieces_of(case: Case, elsewhere: Iterable[str]) -> tuple[Piece, ...]:
    """Return the telling clauses of the customer; `elsewhere` are clauses with a line of their own."""
    shown = {quotable(text) for text in elsewhere}
    return tuple(
        piece
        for turn in case.turns
        if turn.role == "customer"
        for piece in _of_turn(turn, case)
        if quotable(piece.text) not in shown
    )


def _of_turn(turn: Turn, case: Case) -> Iterable[Piece]:
    end = 0
    for clause in all_clauses(turn.text):
        mark = turn.text[end : clause.start].strip()
        question = "？" if clause.ending in {"?", "？"} else ""
        end = clause.end
        text = _trimmed(clause.text)
        if text and not is_filler(text) and not _is_identifier_alone(text, turn, case):
            yield Piece(turn.index, text + question, mark[:1], _worth(text, turn, case))


def _trimmed(text: str) -> str:
    found = pattern("lead_in").match(fold(text))
    return text[found.end() if found else 0 :].strip(_ENDS)


def is_filler(text: str) -> bool:
    """Whether a clause carries no fact at all."""
    return not text.strip() or pattern("filler").fullmatch(fold(text).strip(_ENDS + "?？")) is not None


def _is_identifier_alone(text: str, turn: Turn, case: Case) -> bool:
    """「尾号7719」「车牌苏C8K215」: it stands in the line of identifiers already."""
    values = [_bare(f.value) for f in case.facts_of(turn.index) if f.slot in _SHOWN_APART and f.quote in text]
    bare = _bare(text)
    for value in sorted(values, key=len, reverse=True):
        bare = bare.replace(value, "#")
    return "#" in bare and len(bare) <= (_BESIDE_ASCII if bare.isascii() else _BESIDE)


def _bare(text: str) -> str:
    return re.sub(r"[·.\s-]", "", quotable(text)).lower()


def _worth(text: str, turn: Turn, case: Case) -> float:
    """Clauses with a fact or in an alert tell most, short outbursts least."""
    facts = sum(fact.quote in text for fact in case.facts_of(turn.index))
    alarming = _is_alarming(text, turn.index, case)
    return (
        2.0 * facts + 3.0 * alarming + (re.search(r"\d", text) is not None) + min(len(grams(text)), 12) / 12
    )


def _is_alarming(text: str, turn_index: int, case: Case) -> bool:
    return any(alert.turn_index == turn_index and text in alert.quote for alert in case.found.alerts)


def told(pieces: Sequence[Piece], room: int, comma: str, joint: str) -> str:
    """Return the story within `room` characters (white space aside), the least telling left out first."""
    costs = [len(quotable(piece.text)) + len(joint) for piece in pieces]
    over = sum(costs) - room
    kept = set(range(len(pieces)))
    for i in sorted(kept, key=lambda i: pieces[i].worth):
        if over <= 0:
            break
        kept.remove(i)
        over -= costs[i]
    return _joined([pieces[i] for i in sorted(kept)], comma, joint)


def _joined(pieces: Sequence[Piece], comma: str, joint: str) -> str:
    text = ""
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if before is not None:
            text += _mark(before, piece, comma, joint)
        text += one_line(piece.text)
    return text


def _mark(before: Piece, piece: Piece, comma: str, joint: str) -> str:
    if before.text.endswith("？"):
        return ""
    if before.turn_index != piece.turn_index:
        return joint
    return piece.joint if piece.joint in {"：", ":", "、"} else comma


def opening(case: Case, apart: Sequence[str], length: int) -> str:
    """Return what happened in one line: how the customer begins, and the clauses that tell most.

    `apart` are clauses that are told elsewhere; one that the customer begins with is told here, too.
    """
    pieces, comma = pieces_of(case, ()), say(case.language, "comma")
    alarming = {alert.turn_index for alert in case.found.alerts}
    # What was talked of before the danger is no beginning of it.
    pieces = tuple(p for p in pieces if p.turn_index >= case.danger_since) or pieces
    telling = [p for p in pieces if len(grams(p.text)) >= 3 and not is_about("question", p.text.rstrip("？"))]
    first, *others = telling or pieces[:1] or [_NOTHING]
    kept = [first]
    for piece in _most_telling([p for p in others if p.text not in apart], alarming):
        if len(kept) < _OPENING and sum(len(p.text) + 1 for p in (*kept, piece)) <= length:
            kept.append(piece)
    return clip(_joined([piece for piece in pieces if piece in kept], comma, comma), length)


def _most_telling(pieces: Sequence[Piece], alarming: Collection[int]) -> list[Piece]:
    """The pieces by what they tell, whole clauses before fragments; of an alarming turn first only one.

    What else that turn says of the danger is told by the danger's name.
    """
    ranked = sorted(pieces, key=lambda piece: (len(grams(piece.text)) < _WHOLE, -piece.worth))
    best = {piece.turn_index: piece for piece in reversed(ranked)}
    return sorted(ranked, key=lambda piece: _turn_order(piece, best[piece.turn_index], alarming))


def _turn_order(piece: Piece, best: Piece, alarming: Collection[int]) -> int:
    """What says most of an alarming turn comes first, the rest of that turn last."""
    if piece.turn_index not in alarming:
        return 1
    return 0 if piece == best else 2


def answered(case: Case) -> tuple[str, ...]:
    """Return what the agents said that the client must know, latest last."""
    promised = [promise.quote for promise in case.found.promises]
    said = [
        sentence.text
        for turn in case.turns
        if turn.role == "agent"
        for sentence in sentences(turn.text)
        if not any(quote in sentence.text or sentence.text in quote for quote in promised)
    ]
    told_ = [
        clip(kept, _ANSWER_LENGTH.get(case.language, 44)) for text in said if (kept := without_courtesy(text))
    ]
    return tuple(dict.fromkeys(told_))[-_ANSWERED:]


def without_courtesy(sentence: str) -> str:
    """Return what an agent's sentence says beside courtesy and holding, an empty string for nothing."""
    kept = [c.text for c in all_clauses(sentence) if not is_about("agent_filler", c.text + c.ending)]
    text = (", " if sentence.isascii() else "，").join(kept)
    return text if len(grams(text)) >= 3 else ""


def timeline_of(case: Case) -> tuple[TimelineEntry, ...]:
    """Return one short line for every turn that tells something."""
    return tuple(
        TimelineEntry(at=turn.at.isoformat() if turn.at else None, text=line, turn_index=turn.index)
        for turn in case.turns
        if (line := _timeline_line(turn, case))
    )


def _timeline_line(turn: Turn, case: Case) -> str:
    if turn.role == "customer":
        return clip(_joined(tuple(_of_turn(turn, case)), "，", "；"), _TIMELINE_LENGTH)
    if turn.role == "agent":
        return clip(without_courtesy(turn.text), _TIMELINE_LENGTH)
    return clip(one_line(turn.text), 2 * _TIMELINE_LENGTH)


def records_of(case: Case) -> tuple[str, ...]:
    """Return what the helpdesk's cards say, without their frames."""
    cards = [one_line(turn.text) for turn in case.turns if turn.role == "system"]
    return tuple(_CARD.sub(_framed, card) for card in cards)


def _framed(found: re.Match[str]) -> str:
    return "" if is_about("card_frame", found[1]) else f"{found[1]}："
