"""The scorers against an answer key: answers that careful people accepted must pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot.answer import Answer
from evals.cases import ConversationCase
from evals.datasets import read_collection
from evals.figures import Scored, figures_of
from evals.observation import Look, Observation
from evals.runner import score
from knowledge.model import ClientKnowledge
from tests.evals.fakes import empty_answer, knowledge_of

DEV_SET = Path(__file__).parents[3] / "shared" / "data" / "dev_set"
pytestmark = pytest.mark.skipif(not DEV_SET.is_dir(), reason="the development set is not here")


def _escalation(gold: dict, case: ConversationCase) -> dict | None:
    if gold["escalation"] is None and case.priority is None:
        return None
    # The key has no draft for four unanswerable cases; their priority is part of the case.
    given = gold["escalation"] or {"priority": case.priority, "to": "client_ops", "headline": "", "text": ""}
    empty = {"category": "", "respond_by": None, "fields": {"what_happened": ""}, "asks": [], "unknowns": []}
    return empty | given


def _answer(gold: dict, case: ConversationCase, own: ClientKnowledge) -> Answer:
    suggestions = []
    if gold["reply"]:
        citations = [
            {
                **c,
                "title": own.articles[c["article_id"]].title,
                "version": own.articles[c["article_id"]].version,
            }
            for c in gold["citations"]
        ]
        actions = [{**a, "reason": ""} for a in gold["actions"]]
        suggestions.append(
            {"id": "1", "title": "t", "reply": gold["reply"], "steps": gold["steps"], "citations": citations,
             "actions": actions, "authority": gold["authority"], "confidence": 0.9}
        )  # fmt: skip
    return empty_answer(
        case.client, suggestions=suggestions, abstained=gold["abstained"], escalation=_escalation(gold, case)
    )


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    knowledge = {name: knowledge_of(DEV_SET / "clients" / name) for name in ("shunlu", "haoyu")}
    gold = {
        row["id"]: row for row in map(json.loads, (DEV_SET / "gold.jsonl").read_text("utf-8").splitlines())
    }
    cases = [c for c in read_collection([DEV_SET]).cases if isinstance(c, ConversationCase)]
    found = []
    for case in cases:
        answer = _answer(gold[case.id], case, knowledge[case.client])
        look = Look(turn_index=len(case.turns) - 1, elapsed_ms=1.0, answer=answer)
        found.append(score(case, Observation(looks=(look,)), knowledge))
    return found


def test_accepted_answers_do_no_harm(scored: list[Scored]) -> None:
    harms = [f"{item.case.id}: {mark.figure}: {mark.why}" for item in scored for mark in item.harms]
    assert harms == []


def test_accepted_answers_reach_every_figure(scored: list[Scored]) -> None:
    figures = figures_of(mark for item in scored for mark in item.marks)
    for name in (
        "article_first",
        "article_in_three",
        "must_include_all",
        "authority_correct",
        "abstention_recall",
    ):
        assert figures[name].value == 1.0, name
    assert figures["escalation_facts_kept"].n == 178
