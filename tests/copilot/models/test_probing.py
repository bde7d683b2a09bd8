"""What `copilot doctor` asks: each endpoint once, for all its purposes."""

from __future__ import annotations

from typing import get_args

from api.commands.doctor import _MODEL_CURES, _model
from copilot.models.chat import Fault
from copilot.models.probing import probe
from copilot.settings import Settings
from tests.copilot.models import fakes


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def test_an_endpoint_that_serves_several_purposes_is_tried_once():
    with fakes.serving(fakes.answering('{"ok":true}')) as server:
        chosen = settings(llm_base_url=server.base_url, llm_model="m", llm_judge_model="m")
        (found,) = probe(chosen)
        assert (found.purposes, found.fault, found.form) == (("suggestion", "judge"), None, "schema")
        assert len(server.calls) == 1


def test_a_wrong_key_is_named_with_its_cure():
    with fakes.serving(fakes.wrong_key) as server:
        (finding,) = _model(settings(llm_base_url=server.base_url, llm_model="m"))
        assert finding.state == "wrong"
        assert "COPILOT_LLM_API_KEY" in finding.do


def test_without_settings_nothing_is_tried():
    (finding,) = _model(settings())
    assert finding.state == "note"


def test_every_fault_has_a_cure():
    assert set(_MODEL_CURES) == set(get_args(Fault))
