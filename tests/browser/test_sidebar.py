"""The agent's panel in a real browser: what appears, what is done with it, and that nothing gets lost."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Helpdesk, OpenPage, settled

EDITED = "甲方请先看这一句：乘客朋友要求把车主信息给警方。"


def sidebar(conversation: str) -> str:
    return f"/sidebar?conversation={conversation}&agent=a-17"


def test_the_alert_with_its_protocol_appears_with_the_turn_that_raises_it(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    conversation = helpdesk.begin(1)
    page = open_page(sidebar(conversation))
    expect(page.get_by_role("heading", name="行澈出行")).to_be_visible()
    helpdesk.say(conversation, "customer", "我朋友坐你们的车 刚发来救命两个字 电话就打不通了")
    alert = page.locator(".alerts")
    expect(alert).to_contain_text("110")
    expect(alert.locator(".steps li").first).to_be_visible()
    expect(alert).to_contain_text("照着念")
    expect(alert).to_contain_text("绝不要说")


def test_an_acknowledged_alert_folds_and_says_who_took_it(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(1, 1)))
    page.get_by_role("button", name="我来处理").click()
    expect(page.locator(".alert.taken")).to_contain_text("已接手")
    expect(page.get_by_role("button", name="我来处理")).to_have_count(0)


def test_a_suggestion_comes_unasked_with_its_source_at_the_quoted_words(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    page = open_page(sidebar(helpdesk.replay(7)))
    card = page.locator("[data-suggestion]").first
    expect(card.locator(".reply")).not_to_be_empty()
    card.locator(".sources button").first.click()
    expect(page.locator("dialog[open] mark").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_what_was_suggested_before_waits_until_somebody_has_taken_the_emergency(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    conversation = helpdesk.replay(7)
    page = open_page(sidebar(conversation))
    cards = page.locator("[data-suggestion]")
    expect(cards).not_to_have_count(0)
    helpdesk.say(conversation, "customer", "我妈吃了你们的菜 现在喘不上气 叫不醒了")
    expect(page.locator(".alert.emergency").first).to_be_visible()
    expect(cards).to_have_count(0)
    expect(page.locator(".section-suggestions")).to_contain_text("先按上面的步骤处理警报")
    page.get_by_role("button", name="我来处理").first.click()
    expect(cards).not_to_have_count(0)


def test_the_draft_is_checked_while_it_is_typed(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7, 4)))
    draft = page.get_by_label("回复草稿", exact=True).and_(page.locator("textarea"))
    draft.fill("非常理解您的心情，请您耐心等待，我们会尽快处理")
    expect(page.locator("#draft-checks")).to_contain_text("套话")
    draft.fill("您好")
    expect(page.locator("#draft-checks .stock_phrase, #draft-checks .good").first).to_be_visible()


def test_what_the_agent_did_with_a_suggestion_is_told(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7)))
    card = page.locator("[data-suggestion]").first
    with page.expect_response(re.compile("/feedback$")) as sent:
        card.get_by_role("button", name="不合适").click()
        card.get_by_role("button", name="不是这个情况").click()
    assert sent.value.ok
    assert json.loads(sent.value.request.post_data)["adopted"] == "rejected"
    expect(page.locator("[data-suggestion]").first).to_contain_text("已标为不合适")


def test_an_inserted_and_edited_suggestion_is_told_as_edited(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7)), permissions=["clipboard-read", "clipboard-write"])
    page.locator("[data-suggestion]").first.get_by_role("button", name="放入草稿").click()
    draft = page.locator("#draft")
    expect(draft).not_to_have_value("")
    draft.press("End")
    draft.type("（已核对）")
    with page.expect_response(re.compile("/feedback$")) as sent:
        page.get_by_role("button", name="复制草稿").click()
    told = json.loads(sent.value.request.post_data)
    assert told["adopted"] == "edited"
    assert told["sent_text"].endswith("（已核对）")
    assert page.evaluate("navigator.clipboard.readText()") == told["sent_text"]


def hand_over_edited(page: Any) -> None:
    page.get_by_role("button", name="起草升级").click()
    text = page.get_by_label("升级内容")
    expect(text).to_have_value(re.compile("."))
    text.fill(EDITED)
    expect(page.locator(".section-escalation")).to_contain_text("已保存")
    page.get_by_role("button", name="移交甲方").click()
    expect(page.locator(".section-escalation")).to_contain_text("已移交")


def test_an_edited_escalation_is_handed_over(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    conversation = helpdesk.replay(1)
    page = open_page(sidebar(conversation))
    hand_over_edited(page)
    kept = helpdesk.call("GET", f"/v1/conversations/{conversation}")["escalations"][0]
    assert kept["state"] == "sent"
    assert kept["text"] == EDITED
    expect(page.get_by_label("升级内容")).to_have_js_property("readOnly", True)


def test_an_escalation_is_exported_as_markdown_and_json(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(1)))
    page.get_by_role("button", name="起草升级").click()
    with page.expect_download() as markdown:
        page.get_by_role("button", name="Markdown").click()
    with page.expect_download() as data:
        page.get_by_role("button", name="JSON").click()
    text = page.get_by_label("升级内容").input_value()
    assert markdown.value.path().read_text("utf-8") == text
    assert json.loads(data.value.path().read_text("utf-8"))["text"] == text


def state_of(page: Any) -> list[str]:
    """What the panel shows, section by section."""
    names = (".alerts", ".section-suggestions", ".section-facts", ".section-promises", ".section-escalation")
    return [text_of(page, name) for name in names]


def text_of(page: Any, name: str) -> str:
    """The words of a section without its clocks."""
    script = """node => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll('[data-clock]').forEach(clock => clock.remove());
      return copy.textContent;
    }"""
    return str(page.locator(name).evaluate(script))


def test_a_reload_loses_nothing(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7)))
    page.get_by_role("button", name="起草升级").click()
    expect(page.get_by_role("button", name="移交甲方")).to_be_visible()
    expect(page.locator("[data-suggestion]").first).to_be_visible()
    page.wait_for_timeout(1500)  # the background's last word
    before = state_of(page)
    page.reload()
    expect(page.get_by_role("button", name="移交甲方")).to_be_visible()
    expect(page.locator("[data-suggestion]").first).to_be_visible()
    assert state_of(page) == before


def test_what_was_said_while_the_network_was_away_is_shown_afterwards(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    conversation = helpdesk.begin(1)
    page = open_page(sidebar(conversation))
    expect(page.locator(".connection.live")).to_be_visible()
    page.context.set_offline(True)
    helpdesk.say(conversation, "customer", "救命 司机不让我下车 在往山里开")
    helpdesk.say(conversation, "customer", "车牌 浙Z8X31Q")
    page.context.set_offline(False)
    expect(page.locator(".alert.emergency")).to_have_count(1)
    expect(page.locator(".facts")).to_contain_text("浙Z8X31Q")


def test_two_browsers_on_one_conversation_agree(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    conversation = helpdesk.replay(1)
    first, second = open_page(sidebar(conversation)), open_page(sidebar(conversation))
    expect(second.get_by_role("button", name="我来处理").first).to_be_visible()
    while (button := first.get_by_role("button", name="我来处理")).count():
        button.first.click()
        expect(first.locator(".alert:not(.taken)")).to_have_count(0)
    expect(second.locator(".alert:not(.taken)")).to_have_count(0)
    hand_over_edited(first)
    expect(second.get_by_label("升级内容")).to_have_value(EDITED)
    expect(second.locator(".section-escalation")).to_contain_text("已移交")


def test_everything_is_done_with_the_keyboard_alone(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7)), permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator("[data-suggestion]").first).to_be_visible()
    settled(page.locator("[data-card]"))
    keys = page.keyboard
    keys.press("?")
    expect(page.locator("dialog[open] kbd").first).to_be_visible()
    keys.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    keys.press("j")
    expect(page.locator("[data-card]:focus")).to_have_count(1)
    keys.press("o")
    expect(page.locator("dialog[open]")).to_have_count(1)
    keys.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    keys.press("u")
    expect(page.locator("#draft")).to_be_focused()
    keys.press("Control+Enter")
    expect(page.locator("[aria-live=polite].visually-hidden")).to_contain_text("已复制")
    keys.press("Escape")
    keys.press("e")
    expect(page.get_by_label("升级内容")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_role("button", name="移交甲方")).to_be_focused()
    keys.press("Enter")
    expect(page.locator(".section-escalation")).to_contain_text("已移交")


def test_the_key_right_after_a_dialog_counts_too(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(7)))
    expect(page.locator("[data-suggestion]").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog[open] input")).to_be_focused()
    # Within one task, before the browser takes the focus from the switch that is no longer shown.
    page.evaluate("""() => {
        document.querySelector("dialog[open]").close();
        const press = new KeyboardEvent("keydown", {key: "j", bubbles: true, cancelable: true});
        document.activeElement.dispatchEvent(press);
    }""")
    expect(page.locator("[data-card]:focus")).to_have_count(1)


def test_an_alert_is_taken_with_one_key(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(1, 1)))
    expect(page.locator(".alert.emergency")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".alert.taken")).to_be_visible()


def test_the_panel_fits_into_320_pixels(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    for case in (1, 7):
        page = open_page(sidebar(helpdesk.replay(case)), viewport={"width": 320, "height": 700})
        expect(page.locator(".facts")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_markup_in_a_customers_words_stays_text(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    conversation = helpdesk.begin(1)
    page = open_page(f"/demo?conversation={conversation}&case=1")
    helpdesk.say(
        conversation, "customer", '<img src=x onerror="window.hurt=1"> 救命 司机拿刀 我流血了 <b>快报警</b>'
    )
    expect(page.locator(".transcript .bubble")).to_contain_text("<img src=x")
    expect(page.locator(".alert")).not_to_have_count(0)
    assert page.locator("main img, main b").count() == 0
    assert page.evaluate("window.hurt") is None


def test_the_browsers_language_is_spoken_and_can_be_changed(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.replay(1, 1)), locale="zh-TW")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator(".alerts")).to_contain_text("照著念")
    page.get_by_role("combobox").select_option("en")
    expect(page.locator(".alerts")).to_contain_text("Read aloud")


def test_a_conversation_that_is_not_ours_says_so(open_page: OpenPage) -> None:
    page = open_page("/sidebar?conversation=c_nobody")
    expect(page.get_by_role("alert")).to_contain_text("没有这个会话")


def test_a_sidebar_token_opens_its_conversation_and_no_other(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    own, other = helpdesk.replay(1, 1), helpdesk.replay(1, 1)
    grant = {"client_id": "xingche", "agent_id": "a-17", "conversation_id": own}
    token = helpdesk.call("POST", "/v1/sidebar-tokens", grant)["token"]
    page = open_page(f"{sidebar(own)}&token={token}")
    expect(page.get_by_role("alert")).to_contain_text("110")
    assert f"token={token}" not in page.url.split("#")[0]
    refused = open_page(f"{sidebar(other)}#token={token}")
    expect(refused.get_by_role("alert")).to_contain_text("没有这个会话")


def test_feedback_and_the_unsent_draft_are_still_there_after_a_reload(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    page = open_page(sidebar(helpdesk.replay(7)))
    card = page.locator("[data-suggestion]").first
    card.get_by_role("button", name="不合适").click()
    card.locator(".reasons button").first.click()
    expect(page.locator(".card.given.rejected")).to_be_visible()
    page.locator("#draft").fill("我先核对一下订单")
    page.reload()
    expect(page.locator(".card.given.rejected")).to_be_visible()
    expect(page.locator("#draft")).to_have_value("我先核对一下订单")


WATCH_VOICE = """new MutationObserver(() => { window.said += 1; }).observe(
  document.querySelector("[role=alert]"), {childList: true, characterData: true, subtree: true})"""


def test_an_alert_is_spoken_once_whatever_happens_to_it_later(
    helpdesk: Helpdesk, open_page: OpenPage
) -> None:
    page = open_page(sidebar(helpdesk.replay(1, 1)))
    voice = page.get_by_role("alert")
    expect(voice).to_contain_text("110")
    page.evaluate("window.said = 0")
    page.evaluate(WATCH_VOICE)
    page.get_by_role("button", name="我来处理").click()
    expect(page.locator(".alert.taken")).to_be_visible()
    assert page.evaluate("window.said") == 0


def test_the_alert_tone_can_be_muted_and_stays_muted(helpdesk: Helpdesk, open_page: OpenPage) -> None:
    page = open_page(sidebar(helpdesk.begin(1)))
    button = page.get_by_role("button", name="警报静音")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
