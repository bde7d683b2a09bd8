"""Every call of the API description, with input that fits it and input that does not: no 5xx, no surprise."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.conftest import MakeWorld

EXAMPLES = 20
# That a value fits its JSON type does not make it acceptable: a cursor that nobody gave out, an archive that
# is none, a settings document with a client's rules in it.
UNSAID = [positive_data_acceptance]


def operations_of(world: Any, headers: dict[str, str]) -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.app, headers=headers)
    return [result.ok() for result in schema.get_all_operations()]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the tool's own
def test_every_call_keeps_to_its_description(make_world: MakeWorld) -> None:
    world = make_world()
    headers = {"Authorization": f"Bearer {world.keys.create('walk', 'admin').text}"}
    for operation in operations_of(world, headers):
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            _try(operation.as_strategy(generation_mode=mode), headers)


def _try(strategy: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        response = case.call_and_validate(headers=headers, excluded_checks=UNSAID)
        assert "Traceback" not in response.text

    run()
