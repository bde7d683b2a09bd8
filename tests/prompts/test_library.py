"""Prompt files are strict: nothing missing, nothing unused, the stable part first."""

from __future__ import annotations

import pytest

from prompts import PromptError, load, names
from prompts.library import read

HEAD = (
    "---\nname: x\nversion: 1\nowner: o\nlanguage: en\npurpose: p\nstable: [company]\nvarying: [said]\n---\n"
)
GOOD = HEAD + "# system\nFor {{company}}.\n# user\n{{said}}\n"


def test_a_missing_value_is_an_error():
    with pytest.raises(PromptError, match="no value for said"):
        read("x", GOOD).render({"company": "a"})


def test_a_value_that_the_prompt_does_not_use_is_an_error():
    with pytest.raises(PromptError, match="does not use more"):
        read("x", GOOD).render({"company": "a", "said": "b", "more": "c"})


def test_what_looks_like_a_variable_in_a_value_stays_as_it_is():
    assert read("x", GOOD).render({"company": "a", "said": "{{company}}"}).user == "{{company}}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("For {{company}}", "{{said}} {{company}}"), "not stable"),
        (GOOD.replace("{{said}}", "hello"), "never uses said"),
        (GOOD.replace("{{said}}", "{{said}} {{other}}"), "does not declare other"),
        (GOOD.replace("owner: o", "owner:"), "lacks owner"),
        (GOOD.replace("# user", "user"), "needs front matter"),
        (GOOD.replace("name: x", "name: y"), "calls itself y"),
    ],
)
def test_a_file_that_breaks_its_own_rules_is_refused(text: str, problem: str):
    with pytest.raises(PromptError, match=problem):
        read("x", text)


def test_another_wording_is_another_version():
    assert read("x", GOOD).label != read("x", GOOD.replace("For", "To")).label


@pytest.mark.parametrize("name", names())
def test_every_prompt_renders_as_its_snapshot(name: str, snapshot):
    prompt = load(name)
    values = {variable: f"«{variable}»" for variable in (*prompt.stable, *prompt.varying)}
    rendered = prompt.render(values)
    snapshot(name, f"{prompt.label}\n--- system\n{rendered.system}\n--- user\n{rendered.user}\n")
