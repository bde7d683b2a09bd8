from __future__ import annotations

from importlib.resources import files

import yaml

from copilot.suggestion.choice.dangers import is_about, names
from knowledge.model import Article

SAFETY = Article("A-1", "安全投诉：跟随、骚扰", "专员回电。", "1", tags=("司机",))


def test_an_article_about_the_danger_is_known_by_its_title_or_tags():
    assert is_about(SAFETY, ["safety_complaint"])
    assert not is_about(SAFETY, ["fraud_in_progress"])


def test_without_an_alert_nothing_is_about_a_danger():
    assert not is_about(SAFETY, [])


def test_every_category_of_alerts_has_its_words():
    text = files("copilot.signals.emergency").joinpath("protocols.yaml").read_text(encoding="utf-8")
    assert set(yaml.safe_load(text)["categories"]) == set(names())
