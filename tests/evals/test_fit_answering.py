from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="fitting needs the extra `train`")

from copilot.suggestion.choice import usual
from evals.bench.fit_answering import Requests, fit_usual, joined, judge, left_out
from evals.ranking import Case

KNOWN = ("退款几天到", "东西坏了能退吗", "快递没到", "多扣了钱")
UNKNOWN = ("你们招人吗", "能寄到国外吗", "可以包礼盒吗", "想加盟要多少钱")


def _requests(clients: tuple[str, ...] = ("a", "b") * 4) -> Requests:
    labels = np.array([1.0] * 4 + [0.0] * 4)
    vectors = np.stack([labels, 1 - labels], axis=1).astype(np.float32)
    return Requests(KNOWN + UNKNOWN, vectors, labels, np.array(clients))


def test_what_was_taught_is_told_apart():
    model, known = fit_usual(_requests()), _requests()
    values = [usual.usual_with(model, t, v) for t, v in zip(known.texts, known.vectors, strict=True)]
    assert min(values[:4]) > max(values[4:])


def test_a_client_is_judged_by_what_the_others_asked():
    known = _requests()
    own = known.some(known.clients == "a")
    model = fit_usual(known.some(known.clients == "b"))
    expected = [usual.usual_with(model, t, v) for t, v in zip(own.texts, own.vectors, strict=True)]
    assert left_out(known, None)[known.clients == "a"] == pytest.approx(expected)


def test_requests_of_no_client_teach_every_client():
    assert len(joined(_requests(), _requests(("",) * 8)).texts) == 16


def _case(client: str, *, answerable: bool) -> Case:
    return Case(client, np.zeros((2, 3)), np.array([answerable, False]), answerable, True, "", None)


def test_the_line_is_drawn_where_few_of_the_answerable_fall_below():
    cases = [_case(client, answerable=answerable) for client in "ab" for answerable in (True, False) * 20]
    rows = np.array([[float(case.answerable), 1.0] for case in cases])
    judged = judge(cases, rows)
    silent = judged.logits < judged.line
    assert not silent[np.array([case.answerable for case in cases])].any()
    assert silent[np.array([not case.answerable for case in cases])].all()
