"""From findings of all layers to alerts: one per danger, most serious first, none lowered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from copilot.answer import Alert
from copilot.conversation import Conversation, Turn
from copilot.language import Language, detect_language
from copilot.signals.emergency import official
from copilot.signals.emergency.finding import Detection, Finding, family, rank
from copilot.signals.emergency.protocols import Wording, protocol_for
from copilot.signals.emergency.rules import match_text
from copilot.signals.emergency.services import numbers, services_for, words_of
from copilot.signals.emergency.text import normalise
from knowledge.model import ClientSettings

FloatArray = npt.NDArray[np.float32]
RULES_LAYER = "emergency_rules"
CLASSIFIER_LAYER = "emergency_classifier"
_RULE_TURNS = 200  # the live service keeps earlier alerts; a stateless look reads this far back


def _rule_findings(turns: Sequence[Turn]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for turn in turns:
        normalised = normalise(turn.text)
        request = official.find(turn.index, normalised)
        if request:
            found.append(request)
        found.extend(
            Finding(
                m.situation.level,
                m.situation.category,
                turn.index,
                normalised.quote(m.start, m.end),
                m.situation.reason,
                "rules",
            )
            for m in match_text(normalised)
        )
    return tuple(found)


def _merged(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Findings of one danger together, each group in the order of the conversation."""
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: f.turn_index):
        groups.setdefault(family(finding.category), []).append(finding)
    return tuple(tuple(group) for group in groups.values())


def _alert(group: Sequence[Finding], conversation: Conversation, settings: ClientSettings | None) -> Alert:
    first = group[0]
    worst = max(group, key=lambda f: rank(f.level))
    customer = detect_language(conversation.turns[first.turn_index].text)
    agent: Language = _language(settings.language) if settings else customer
    chosen = numbers(conversation, settings)
    return Alert(
        level=worst.level,
        category=worst.category,
        turn_index=first.turn_index,
        quote=first.quote,
        services=services_for(worst.category, words_of(conversation), chosen),
        protocol=protocol_for(worst.category, chosen, settings, Wording(agent, customer)),
        reason="; ".join(dict.fromkeys(f.reason for f in group)),
        sources=tuple(dict.fromkeys(f.source for f in group)),
    )


def _language(tag: str) -> Language:
    if tag.startswith("en"):
        return "en"
    return "zh-Hant" if tag in {"zh-Hant", "zh-TW", "zh-HK", "zh-Hant-TW", "zh-Hant-HK"} else "zh-Hans"


def detect(
    conversation: Conversation,
    vectors: Mapping[int, FloatArray] | None,
    settings: ClientSettings | None,
    earlier: Sequence[Alert] = (),
) -> Detection:
    """Return every danger of the conversation.

    `vectors` maps turn indices to normalised 384-d query vectors; None means that embedding failed.
    `earlier` are alerts already raised here: they stay, whatever the later turns say.
    """
    degraded = (CLASSIFIER_LAYER,) if vectors is None else ()
    findings = _rule_findings(conversation.customer_turns[-_RULE_TURNS:])
    alerts = [_alert(group, conversation, settings) for group in _merged(findings)]
    known = {family(alert.category) for alert in alerts}
    alerts += [alert for alert in earlier if family(alert.category) not in known]
    return Detection(tuple(sorted(alerts, key=lambda a: (-rank(a.level), a.turn_index))), degraded)
