"""Whether the right resolution needs somebody above this agent: a calibrated reading of the signs.

No list of cases can know another industry's rules, so nothing here does: the client's own words say who
acts (contacts and tiers named in the rules), its matrix what is beyond the tier, the amount in question
how far, and the customer's words how such requests usually end. Weights are fitted on recorded
conversations of other clients (`python -m evals.bench.fit_deciding`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from copilot.answer import ActionVerdict
from copilot.authority import RecognisedAction, limits
from copilot.conversation import Turn
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.decision.hand_over import MENTION_NAMES, Mention, MentionSigns, says
from copilot.suggestion.sums.amounts import Money, claimed

_TOP = 3
# From here on a clause that names somebody speaks the louder.
_SURE = 0.7
_EXP_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The chosen rules, the actions that they say (strongest first), who stands in them, and the money.

    `actions`: the verdicts on what the best rules prescribe.
    """

    chosen: tuple[Rule, ...]
    said: tuple[RecognisedAction, ...]
    named: tuple[Mention, ...]
    money: Money
    actions: tuple[ActionVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for somebody else having to decide. Shares are 0..1; flags are 0 or 1.

    `wording`: how requests in such words end. `named`: the likeliest clause that hands the case over;
    `named_surely`: how far beyond doubt it is.
    `overdue`: a rule hands over what is late, and the case is.
    `over`: the share of the money actions that fit, by evidence, whose limit the amount exceeds;
    `claim_over`: the share of all money actions whose limit the claimed amount exceeds; `both_over`: their
    product with the amount in question. `blocked`: a prescribed action that the tier may not do at all.
    `limit_told`: a rule says what happens above a limit, times `claim_over`.
    `first_refuses`: the best rule says no. `asks`: something is asked; `again`: not for the first time.
    `orders`: a message or a note gives orders to software.
    """

    alerted: float
    upper_tier: float
    demands: float
    has_amount: float
    over: float
    claim_over: float
    both_over: float
    blocked: float
    agent_cannot: float
    limit_told: float
    first_refuses: float
    overdue: float
    asks: float
    again: float
    orders: float
    wording: float
    named: float
    named_surely: float


NAMES = tuple(field.name for field in fields(Signs))


@dataclass(frozen=True, slots=True)
class Weights:
    """What fitting leaves: one number a sign, one a sign of a mention, and a direction of the embedding."""

    signs: Mapping[str, float]
    bias: float
    mention: Mapping[str, float]
    mention_bias: float
    wording: NDArray[np.float64]
    wording_bias: float
    wording_neutral: float


@lru_cache(maxsize=1)
def fitted() -> Weights:
    """Return the fitted weights."""
    content = yaml.safe_load(
        files("copilot.suggestion.decision").joinpath("deciding.yaml").read_text(encoding="utf-8")
    )
    return Weights(
        signs=content["signs"],
        bias=float(content["bias"]),
        mention=content["mention"],
        mention_bias=float(content["mention_bias"]),
        wording=np.array(content["wording"], np.float64),
        wording_bias=float(content["wording_bias"]),
        wording_neutral=float(content["wording_neutral"]),
    )


def mention_likelihood(signs: MentionSigns, weights: Weights | None = None) -> float:
    """Return the probability (0..1) that a clause hands this case over."""
    weights = weights or fitted()
    return _logistic(
        weights.mention_bias + sum(weights.mention[name] * getattr(signs, name) for name in MENTION_NAMES)
    )


def wording_share(request: NDArray[np.float32] | None, weights: Weights | None = None) -> float:
    """Return how requests in such words end: about 0 in the agent's hands, about 1 in somebody else's.

    What speaks for neither where the request has no vector, or one of another embedder's size.
    """
    weights = weights or fitted()
    if request is None or request.shape != weights.wording.shape:
        return weights.wording_neutral
    return float(request @ weights.wording) + weights.wording_bias


def likelihood(signs: Signs, weights: Weights | None = None) -> float:
    """Return the probability (0..1) that somebody above the agent must decide or act."""
    weights = weights or fitted()
    return _logistic(weights.bias + sum(weights.signs[name] * getattr(signs, name) for name in NAMES))


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-_EXP_LIMIT, min(_EXP_LIMIT, logit))))


def signs_of(reading: Reading, case: Frame, weights: Weights | None = None) -> Signs:
    """Return the signs of the case in what was read."""
    tiers, tier = case.knowledge.authority.tiers, case.conversation.agent.tier
    most = tuple(limits(case.knowledge.authority, tier).values())
    claim_over = _share_over(claimed(case), most)
    best = [rule.passage.text for rule in reading.chosen[:_TOP]]
    own = [mention_likelihood(m.signs, weights) for m in reading.named if not m.beyond_limit]
    return Signs(
        alerted=float(case.alerted),
        upper_tier=float(tier in tiers and tiers.index(tier) > 0),
        demands=float(says("demands", case.evidence.open_text)),
        has_amount=float(reading.money.amount is not None),
        over=over_share(reading.money.amount, reading.said, case),
        claim_over=claim_over,
        both_over=claim_over * _share_over(reading.money.amount, most),
        blocked=float(any(_is_blocked(action) for action in reading.actions)),
        agent_cannot=float(any(says("agent_cannot", text) for text in best)),
        limit_told=claim_over if any(m.beyond_limit for m in reading.named) else 0.0,
        first_refuses=max((rule.features.refuses for rule in reading.chosen[:1]), default=0.0),
        overdue=max((m.signs.late * m.signs.hands for m in reading.named), default=0.0),
        asks=float(says("asks", case.evidence.open_text)),
        again=float(says("again", case.evidence.text)),
        orders=float(any(_gives_orders(turn) for turn in case.conversation.turns)),
        wording=wording_share(case.request, weights),
        named=max(own, default=0.0),
        named_surely=max(0.0, max(own, default=0.0) - _SURE) / (1 - _SURE),
    )


def _gives_orders(turn: Turn) -> bool:
    return turn.role != "agent" and bool(turn.text.strip()) and not own_words(turn)


def over_share(amount: float | None, said: Sequence[RecognisedAction], case: Frame) -> float:
    """Return how much of the evidence of money actions stands for one whose limit `amount` exceeds (0..1).

    Of all the matrix's money actions alike where the rules say none.
    """
    most = limits(case.knowledge.authority, case.conversation.agent.tier)
    known = [a for a in said if a.action in most][:_TOP]
    total = sum(a.strength for a in known)
    if amount is None or total <= 0:
        return _share_over(amount, tuple(most.values()))
    return sum(a.strength for a in known if _exceeds(amount, most[a.action])) / total


def _share_over(amount: float | None, most: Sequence[float]) -> float:
    if not amount or not most:
        return 0.0
    return sum(_exceeds(amount, limit) for limit in most) / len(most)


def _exceeds(amount: float, limit: float) -> bool:
    return amount > limit + 1e-9


def _is_blocked(action: ActionVerdict) -> bool:
    """Whether no sum made the verdict: the act itself is somebody else's."""
    return action.verdict != "allowed" and action.amount is None and action.limit is None
