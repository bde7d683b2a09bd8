"""The pages' files as they are served."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

PAGES = ("/sidebar", "/demo", "/board")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_scripts_and_styles_of_its_own_origin_alone(local: TestClient, path: str) -> None:
    policy = local.get(path).headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_an_unchanged_page_keeps_its_policy(local: TestClient, path: str) -> None:
    first = local.get(path)
    again = local.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "js/../API_NOTES.md",
        "API_NOTES.md",
        "js/",
        "js/.js",
        "../app.py",
        "js/%00.js",
        "nothing.js",
        "views/chat.js",
    ],
)
def test_nothing_but_the_pages_own_files_is_served(local: TestClient, path: str) -> None:
    assert local.get(f"/pages/{path}").status_code == 404


def test_the_recorded_cases_are_there_for_the_demo(local: TestClient) -> None:
    assert [case["case"] for case in local.get("/pages/demo-cases.json").json()] == list(range(1, 16))


def test_actions_are_named_in_words_or_by_their_own_key(world):
    query = "language=zh-Hant&name=cancel_fee_refund&name=foo_bar"
    answer = world.local().get(f"/pages/actions.json?{query}")
    assert answer.json() == {"cancel_fee_refund": "取消費退款", "foo_bar": "foo bar"}
    assert world.local().get("/pages/actions.json?language=zh-Hant&name=../x").status_code == 422
