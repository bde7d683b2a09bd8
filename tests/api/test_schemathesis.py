"""Every call of the API description, with input that fits it and input that does not: no 5xx, no surprise."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.api.conftest import MakeWorld

EXAMPLES = 20
# What a schema cannot say, by call: an archive that is none, settings that name another client.
REFUSES_MORE = {"POST /v1/clients/{client_id}/import", "PUT /v1/clients/{client_id}/settings"}


def operations_of(world: Any, headers: dict[str, str]) -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.app, headers=headers)
    return [result.ok() for result in schema.get_all_operations()]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the tool's own
def test_every_call_keeps_to_its_description(make_world: MakeWorld) -> None:
    world = make_world()
    headers = {"Authorization": f"Bearer {world.keys.create('walk', 'admin').text}"}
    failures = []
    for operation in operations_of(world, headers):
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            try:
                _try(operation.as_strategy(generation_mode=mode), headers, unsaid(operation))
            except FailureGroup as group:
                failures.append(f"{operation.label} ({mode.value}): {group}")
            except Unsatisfiable:
                assert mode is schemathesis.GenerationMode.NEGATIVE  # a call without input cannot be wrong
    assert not failures, "\n\n".join(failures)


def unsaid(operation: Any) -> list[Any]:
    """Return the checks that ask for what this call's description cannot say."""
    query = {parameter.name: str(parameter.definition) for parameter in operation.query}
    excluded: list[Any] = []
    if "cursor" in query or operation.label in REFUSES_MORE:  # a cursor of nobody fits its type, too
        excluded.append(positive_data_acceptance)
    if any("'null'" in definition for definition in query.values()):
        excluded.append(negative_data_rejection)  # an empty list in a query is nothing, which is allowed
    return excluded


def _try(strategy: Any, headers: dict[str, str], excluded: list[Any]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,  # the same inputs in every run
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        response = case.call_and_validate(headers=headers, excluded_checks=excluded)
        assert "Traceback" not in response.text

    run()
