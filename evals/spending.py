"""What the language models took: calls, tokens, and money by a price table that the reader gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from copilot.answer import ModelUse
from evals.figures import Scored, owner_of


class PriceError(Exception):
    """The price table cannot be used."""


class Price(BaseModel):
    """What `per` tokens of a model cost, read (`input`) and written (`output`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class Prices(BaseModel):
    """`prices.yaml`: one currency, prices by the model's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    per: int = Field(default=1_000_000, ge=1)
    models: Mapping[str, Price] = {}

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Return the cost in `currency`, None for a model without a price: unknown is never a guess."""
        price = self.models.get(model)
        if price is None:
            return None
        return round((tokens_in * price.input + tokens_out * price.output) / self.per, 6)


class Spent(BaseModel):
    """One client's calls of one model for one purpose. `cut` counts sentences not shown, by reason."""

    model_config = ConfigDict(frozen=True)

    client: str
    purpose: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None = None
    cut: Mapping[str, int] = {}


class Spending(BaseModel):
    """All calls of a run. `cost` and `per_conversation` are None where any price is unknown."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[Spent, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    currency: str | None = None
    cost: float | None = None
    per_conversation: float | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    client: str
    use: ModelUse


def read_prices(path: Path) -> Prices:
    """Return the price table; raises PriceError with the file and the cause."""
    try:
        return Prices.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise PriceError(f"{path}: {' '.join(str(error).split())[:200]}") from error


def _calls(scored: Iterable[Scored]) -> Iterable[_Call]:
    for item in scored:
        for look in item.observation.looks:
            yield from (_Call(owner_of(item.case), use) for use in look.answer.usage)


def _row(client: str, purpose: str, model: str, uses: Sequence[ModelUse], prices: Prices | None) -> Spent:
    cut: dict[str, int] = defaultdict(int)
    for use in uses:
        for reason, count in use.cut.items():
            cut[reason] += count
    tokens_in, tokens_out = sum(use.tokens_in for use in uses), sum(use.tokens_out for use in uses)
    return Spent(
        client=client,
        purpose=purpose,
        model=model,
        calls=len(uses),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=prices.cost(model, tokens_in, tokens_out) if prices else None,
        cut=dict(sorted(cut.items())),
    )


def spending_of(scored: Sequence[Scored], prices: Prices | None) -> Spending:
    """Return what was spent by client, purpose and model; nothing where no model was asked."""
    grouped: dict[tuple[str, str, str], list[ModelUse]] = defaultdict(list)
    for call in _calls(scored):
        grouped[call.client, call.use.purpose, call.use.model].append(call.use)
    rows = tuple(_row(*key, uses, prices) for key, uses in sorted(grouped.items()))
    costs = [row.cost for row in rows if row.cost is not None]
    cost = round(sum(costs), 6) if rows and len(costs) == len(rows) else None
    asked = sum(any(look.answer.usage for look in item.observation.looks) for item in scored)
    return Spending(
        rows=rows,
        tokens_in=sum(row.tokens_in for row in rows),
        tokens_out=sum(row.tokens_out for row in rows),
        currency=prices.currency if prices else None,
        cost=cost,
        per_conversation=round(cost / asked, 6) if cost is not None and asked else None,
    )
