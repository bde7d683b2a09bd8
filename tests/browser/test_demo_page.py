"""The demo: a recorded case replayed beside the panel, and a chat of one's own."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Helpdesk, OpenPage, recorded, settled

WIDE = {"viewport": {"width": 1280, "height": 860}}


def test_a_case_is_replayed_step_by_step_and_a_reload_keeps_the_place(open_page: OpenPage) -> None:
    page = open_page("/demo?case=7&still", **WIDE)
    for said in (1, 2, 3):
        page.get_by_role("button", name="下一句").click()
        expect(page.locator(".transcript .turn")).to_have_count(said)
    expect(page.locator(".transcript")).to_contain_text(recorded(7).turns[0].text)
    page.reload()
    expect(page.locator(".transcript .turn")).to_have_count(3)
    expect(page.locator(".replay-bar")).to_contain_text("3 / 10")


def test_a_replay_that_plays_goes_on_until_it_is_paused(open_page: OpenPage) -> None:
    page = open_page("/demo?case=1", **WIDE)
    expect(page.locator(".transcript .turn")).not_to_have_count(0)
    expect(page.locator(".alert.emergency").first).to_be_visible()
    page.get_by_role("button", name="暂停").click()
    expect(page.get_by_role("button", name="播放")).to_be_visible()


def test_one_types_as_the_customer_and_as_the_agent(open_page: OpenPage) -> None:
    page = open_page("/demo?case=client:xiancai", **WIDE)
    expect(page.get_by_role("heading", name="畦上鲜采")).to_be_visible()
    customer = page.get_by_label("以客户身份输入")
    customer.fill("买的八样菜只到了七样，少了鲈鱼")
    customer.press("Enter")
    expect(page.locator(".turn.customer")).to_have_count(1)
    draft = page.locator("#draft")
    draft.fill("非常理解您的心情，请您耐心等待")
    expect(page.locator("#draft-checks")).to_contain_text("套话")
    draft.press("Control+Enter")
    expect(page.locator(".turn.agent")).to_have_count(1)
    expect(page.locator(".turn.agent .notes")).to_contain_text("套话")
    expect(draft).to_have_value("")


def test_an_answer_that_comes_late_takes_the_focus_from_nobody(open_page: OpenPage) -> None:
    page = open_page("/demo?case=client:xiancai", **WIDE)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/turns", hold)
    customer, draft = page.get_by_label("以客户身份输入"), page.locator("#draft")
    customer.fill("买的八样菜只到了七样，少了鲈鱼")
    with page.expect_request("**/turns"):
        customer.press("Enter")
    draft.focus()
    with page.expect_response("**/turns"):
        held[0].continue_()
    expect(page.locator(".turn.customer")).to_have_count(1)
    page.keyboard.type("马上")
    expect(draft).to_have_value("马上")


def test_every_clients_recorded_cases_are_offered(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page("/demo?case=7&still", **WIDE)
    options = page.get_by_label("选择案例").locator("option")
    expect(options.filter(has_text=re.compile("^7 · "))).to_have_count(1)
    expect(options.filter(has_text="畦上鲜采")).to_have_count(1)


def test_a_case_replayed_again_is_no_history_of_itself(open_page: OpenPage) -> None:
    page = open_page("/demo?case=3&still", **WIDE)
    linked = page.locator("article.linked")
    counts = []  # other replays of the same installation may be linked, too
    for _ in range(2):
        step = page.get_by_role("button", name="下一句")
        for said in range(3):
            step.click()
            expect(page.locator(".transcript .turn")).to_have_count(said + 1)
        expect(linked.nth(1)).to_be_visible()
        counts.append(settled(linked))  # the links of a turn come one after the other
        page.get_by_role("button", name="重来").click()
        expect(page.locator(".replay-bar")).to_contain_text("0 /")
    assert counts[0] == counts[1]


def test_who_steps_by_hand_begins_again_by_hand(open_page: OpenPage) -> None:
    page = open_page("/demo?case=7&still", **WIDE)
    page.get_by_role("button", name="下一句").click()
    expect(page.locator(".transcript .turn")).to_have_count(1)
    page.get_by_role("button", name="重来").click()
    expect(page.locator(".replay-bar")).to_contain_text("0 /")
    assert settled(page.locator(".transcript .turn")) == 0
