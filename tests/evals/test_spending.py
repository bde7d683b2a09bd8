from __future__ import annotations

from pathlib import Path

import pytest

from evals.cases import ConversationCase
from evals.figures import Scored
from evals.observation import Look, Observation
from evals.spending import PriceError, Prices, read_prices, spending_of
from tests.evals.fakes import empty_answer

USE = {"purpose": "suggestion", "model": "m", "prompt": "p@1", "tokens_in": 1000, "tokens_out": 200,
       "total_ms": 5.0, "cut": {"number": 1}}  # fmt: skip
PRICES = Prices.model_validate({"currency": "CNY", "models": {"m": {"input": 2, "output": 10}}})


def scored(client: str, *uses: dict[str, object]) -> Scored:
    case = ConversationCase.model_validate(
        {"id": "1", "client": client, "kind": "resolve", "turns": [{"role": "customer", "text": "?"}]}
    )
    answer = empty_answer(client, usage=uses)
    return Scored(case, Observation(looks=(Look(turn_index=0, elapsed_ms=1, answer=answer),)), ())


def test_tokens_and_money_are_counted_by_client_purpose_and_model() -> None:
    found = spending_of([scored("a", USE, USE), scored("b", USE), scored("b")], PRICES)
    assert [(row.client, row.calls, row.tokens_in, row.cost) for row in found.rows] == [
        ("a", 2, 2000, 0.008),
        ("b", 1, 1000, 0.004),
    ]
    assert found.rows[0].cut == {"number": 2}
    assert (found.tokens_in, found.tokens_out, found.cost, found.per_conversation) == (
        3000,
        600,
        0.012,
        0.006,
    )


def test_a_model_without_a_price_costs_unknown_and_not_nothing() -> None:
    found = spending_of([scored("a", USE, USE | {"model": "other"})], PRICES)
    assert found.cost is None
    assert found.tokens_in == 2000


def test_without_a_model_nothing_was_spent() -> None:
    assert spending_of([scored("a")], PRICES).rows == ()


def test_a_price_table_that_is_none_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("models: {m: {input: cheap, output: 1}}", "utf-8")
    with pytest.raises(PriceError, match=r"prices\.yaml"):
        read_prices(path)
    path.write_text("currency: CNY\nmodels: {m: {input: 0.8, output: 2}}", "utf-8")
    assert read_prices(path).cost("m", 1_000_000, 1_000_000) == 2.8
