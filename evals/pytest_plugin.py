"""Client-specific cases as tests: `pytest -p evals.pytest_plugin --copilot-clients FOLDER`.

```python
def test_cancel_fee_is_waived(copilot_case):
    judged = copilot_case("lulu", "司机没动 扣了我4块", must_include=[["4元", "4块"]])
    assert judged.harms == ()
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.answer import Answer
from copilot.conversation import Role
from copilot.settings import Settings
from evals.cases import ConversationCase
from evals.figures import Scored
from evals.observation import Assistant
from evals.pipeline_product import PipelineProduct
from evals.product import Product, World
from evals.runner import score
from evals.working import observed
from evals.worlds import client_folders, sample_clients
from knowledge.model import ClientKnowledge

Said = str | tuple[Role, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer with the harms that the evaluator's scorers found, and why."""

    answer: Answer | None
    harms: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class CaseRunner:
    """Puts one conversation through the product and judges it like `copilot evaluate`."""

    assistant: Assistant
    knowledge: Mapping[str, ClientKnowledge] = field(repr=False)

    def __call__(self, client: str, *said: Said, kind: str = "resolve", **expected: object) -> Judged:
        """Return what is found; a bare string is a customer turn, `expected` as in conversations*.jsonl."""
        turns = [
            {"role": "customer", "text": s} if isinstance(s, str) else {"role": s[0], "text": s[1]}
            for s in said
        ]
        line = {"id": "case", "client": client, "turns": turns, "kind": kind, **expected}
        case = ConversationCase.model_validate(line)
        return _judged(score(case, observed(case, self.assistant), self.knowledge))


def _judged(scored: Scored) -> Judged:
    return Judged(
        answer=scored.observation.answer,
        harms=tuple(dict.fromkeys(mark.figure for mark in scored.harms)),
        why=tuple(f"{mark.figure}: {mark.why}" for mark in scored.harms),
    )


def case_runner(product: Product, folders: Mapping[str, Path], data_dir: Path) -> CaseRunner:
    """Return a runner over these client folders."""
    world = World("pytest", data_dir, dict(folders), {})
    product.prepare(world)
    return CaseRunner(product.open(world), product.knowledge(world))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folder of client folders; the sample clients without it."""
    parser.addoption("--copilot-clients", default=None, help="folder of client folders for copilot_case")


@pytest.fixture(scope="session")
def copilot_case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Judged]:
    """Run one case: `copilot_case(client, *turns, must_include=…, authority=…)` returns what was found."""
    given: str | None = request.config.getoption("--copilot-clients")
    folders = client_folders(Path(given)) if given else sample_clients()
    return case_runner(PipelineProduct(Settings()), folders, tmp_path_factory.mktemp("copilot"))
