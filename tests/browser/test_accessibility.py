"""axe on every page and state, light and dark: nothing serious or critical."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Helpdesk, OpenPage

SCHEMES = ("light", "dark")


def serious(page: Any) -> list[str]:
    """What axe calls serious or critical: rule and the first place."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html']} {each['nodes'][0].get('failureSummary', '')}"
        for each in violations
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", [1, 7])
def test_the_sidebar_has_no_serious_issue(
    helpdesk: Helpdesk, open_page: OpenPage, case: int, scheme: str
) -> None:
    page = open_page(f"/sidebar?conversation={helpdesk.replay(case)}", color_scheme=scheme)
    expect(page.locator("[data-suggestion], .alert").first).to_be_visible()
    page.locator("#draft").fill("非常理解您的心情，请您耐心等待")
    expect(page.locator("#draft-checks .remark").first).to_be_visible()
    page.get_by_role("button", name="起草升级").click()
    expect(page.get_by_role("button", name="移交甲方")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert serious(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_demo_has_no_serious_issue(open_page: OpenPage, scheme: str) -> None:
    page = open_page("/demo?case=1&still", viewport={"width": 1280, "height": 860}, color_scheme=scheme)
    for said in (1, 2):
        page.get_by_role("button", name="下一句").click()
        expect(page.locator(".transcript .turn")).to_have_count(said)
    assert serious(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_board_has_no_serious_issue(helpdesk: Helpdesk, open_page: OpenPage, scheme: str) -> None:
    helpdesk.say(helpdesk.begin(1), "customer", "救命 司机不让我下车")
    page = open_page("/board", color_scheme=scheme)
    expect(page.locator(".board-row").first).to_be_visible()
    assert serious(page) == []
