"""The supervisor's board: what nobody has taken, live."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Helpdesk, OpenPage

WIDE = {"viewport": {"width": 1000, "height": 800}}


def test_an_alert_appears_unasked_and_goes_when_somebody_takes_it(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    page = open_page("/board", **WIDE)
    expect(page.get_by_role("heading", name="没人接手的警报")).to_be_visible()
    conversation = helpdesk.begin(1)
    words = "救命 司机锁了车门往山里开 我是板上的这一位"
    alert = helpdesk.say(conversation, "customer", words)["alerts"][0]
    row = page.locator(".board-row", has_text=alert["quote"])
    expect(row).to_be_visible()
    helpdesk.call("POST", f"/v1/alerts/{alert['id']}/acknowledge", {"by": "a-17"})
    expect(row).to_have_count(0)


def test_the_supervisor_takes_an_alert_on_the_board(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page("/board?agent=lead-1", **WIDE)
    conversation = helpdesk.begin(1)
    alert = helpdesk.say(conversation, "customer", "救命 有人拿刀追我 在东桥镇第二个路口")["alerts"][0]
    row = page.locator(".board-row", has_text=alert["quote"])
    row.get_by_role("button", name="我来处理").click()
    expect(row).to_have_count(0)
    taken = helpdesk.call("GET", f"/v1/conversations/{conversation}")["alerts"][0]
    assert taken["acknowledged_by"] == "lead-1"


def test_a_promise_whose_time_is_over_is_listed(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    conversation = helpdesk.begin(1)
    for role, text in (
        ("customer", "我的失物什么时候有消息"),
        ("agent", "我会在10分钟内给您回电，告诉您司机的答复"),
    ):
        body = {"role": role, "text": text, "at": "2026-03-02T09:00:00+08:00"}
        helpdesk.call("POST", f"/v1/conversations/{conversation}/turns", body)
    page = open_page("/board", **WIDE)
    row = page.locator(".board-row", has_text="10分钟内给您回电")
    expect(row).to_contain_text("已超时")
