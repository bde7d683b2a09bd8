"""The panel inside other pages: a helpdesk's frame, and a Chatwoot dashboard app."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import FRAMING, Helpdesk, OpenPage

FRAME = """<!doctype html><title>desk</title><body><iframe src="{src}" width="400" height="800"></iframe>
<script>
window.heard = [];
addEventListener("message", (event) => {{
  window.heard.push(event.data);
  if (event.data !== "chatwoot-dashboard-app:fetch-info") return;
  event.source.postMessage({answer}, "*");
}});
</script>"""


def framed(page: Any, src: str, context: object = None, origin: str = FRAMING) -> Any:
    """Show a helpdesk's page (the test answers for it) with the panel in a frame, and return the frame."""
    answer = json.dumps(json.dumps({"event": "appContext", "data": context}))
    body = FRAME.format(src=src, answer=answer)
    page.route(f"{origin}/desk", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{origin}/desk")
    return page.frame_locator("iframe")


def test_the_panel_works_in_a_frame_of_an_allowed_origin(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    conversation = helpdesk.replay(1, 1)
    frame = framed(open_page("/healthz"), f"{helpdesk.url}/sidebar?conversation={conversation}")
    expect(frame.get_by_role("alert")).to_contain_text("110")
    frame.get_by_role("button", name="我来处理").click()
    expect(frame.locator(".alert.taken")).to_be_visible()


def test_a_page_of_another_origin_cannot_frame_the_panel(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    address = f"{helpdesk.url}/sidebar?conversation={helpdesk.replay(1, 1)}"
    page = open_page("/healthz")
    with page.expect_event("requestfailed") as refused:
        framed(page, address, origin="http://127.0.0.1:58998")
    assert refused.value.url == address


def test_a_reply_is_inserted_into_the_helpdesk_that_asked_for_it(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    page = open_page("/healthz")
    address = f"{helpdesk.url}/sidebar?conversation={helpdesk.replay(7)}&insert_origin={FRAMING}"
    frame = framed(page, address)
    frame.locator("[data-suggestion]").first.get_by_role("button", name="放入草稿").click()
    reply = frame.locator("#draft").input_value()
    frame.get_by_role("button", name="发送").click()
    page.wait_for_function("window.heard.length")
    assert page.evaluate("window.heard") == [{"type": "agent-copilot:insert", "text": reply}]


def test_chatwoots_context_finds_the_conversation_and_the_panel_stays_with_it(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    context = {
        "conversation": {"id": 42, "account_id": 3},
        "contact": {"id": 7, "name": "乘客"},
        "currentAgent": {"id": 17, "name": "小林", "email": "lin@example.com"},
    }
    frame = framed(open_page("/healthz"), f"{helpdesk.url}/sidebar?client=xingche", context)
    expect(frame.get_by_role("heading", name="行澈出行")).to_be_visible()
    body = {"client_id": "xingche", "channel": "chatwoot", "external_id": "chatwoot:3:42"}
    conversation = helpdesk.call("POST", "/v1/conversations", body)
    assert conversation["agent"]["id"] == "17"
    helpdesk.say(conversation["id"], "customer", "救命 司机不让我下车")
    expect(frame.get_by_role("alert")).to_contain_text("110")
