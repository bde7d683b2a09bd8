from __future__ import annotations

import pytest

from copilot.suggestion.reply.wording import case_heading, readable, sentence, tier_names, to_customer
from knowledge.model import Article, ClientSettings, Contact
from knowledge.passages import passages_of


@pytest.fixture
def told():
    def tell(body: str) -> list[str]:
        return [sentence(p, (), "zh-Hans", {}) for p in passages_of(Article("CL-1", "规定", body, "v1"))]

    return tell


def test_what_is_left_of_a_reference_is_no_sentence(told):
    assert told("- 客人要走，按 YZ-204 办。\n") == [""]


def test_a_row_that_gives_nothing_says_so(told):
    assert told("| 迟到 | 补偿 |\n|---|---|\n| 10 分钟以内 | 无 |\n") == ["10分钟以内：无"]


def test_of_a_rule_with_something_internal_the_rest_is_said():
    told = to_customer("路费我不赔也不许诺；有票据的提交票务组，3个工作日内回复。", "zh-Hans", {})
    assert told == "有票据的提交票务组，3个工作日内回复。"


def test_somebody_elses_customer_is_not_addressed():
    assert to_customer("隔壁客人吵闹：联系前台。", "zh-Hans", {}) == "隔壁客人吵闹：联系前台。"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("Death of a passenger or of a parent.", "Death of a passenger or of a parent."),
        ("Block the courier for this customer at once.", "Block the courier for you at once."),
        ("We keep the customer's photos.", "We keep your photos."),
    ],
)
def test_an_english_rule_about_this_customer_speaks_to_him(rule, told):
    assert to_customer(rule, "en", {}) == told


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("多收的退回；没多收的把这道算式告诉乘客。", "多收的退回；没多收的把这道算式告诉您。"),
        ("告诉乘客可以在App里改。", "您可以在App里改。"),
    ],
)
def test_what_the_agent_tells_the_customer_is_said_to_him(rule, told):
    assert to_customer(rule, "zh-Hans", {}) == told


def test_traditional_words_stay_as_the_client_wrote_them():
    rule = "搬運費現場付現，有收據；多件並發時請顧客先拍照。"
    assert to_customer(rule, "zh-Hant", {}) == "搬運費現場付現，有收據；多件並發時請您先拍照。"


def test_a_simplified_rule_is_told_in_traditional_characters():
    assert to_customer("搬运费现场付，有收据。", "zh-Hant", {}) == "搬運費現場付，有收據。"


def test_what_the_agent_looks_up_is_left_out_beside_what_the_customer_gets():
    assert to_customer("退款原路返回。附轨迹图。", "zh-Hans", {}) == "退款原路返回。"


def test_nobody_is_named_to_an_english_reader_in_chinese():
    settings = ClientSettings(id="c", name="C", language="zh-Hans", contacts={"L3": Contact("L3", "三线")})
    assert tier_names(settings, ("L1", "L2", "L3"), "en") == {
        "L1": "our team",
        "L2": "our senior team",
        "L3": "our senior team",
    }
    assert readable("财务岗", "en") == "the team in charge"
    assert readable("Claims Team", "en") == "Claims Team"


def test_a_chinese_reader_hears_the_names_as_they_are():
    settings = ClientSettings(id="c", name="C", contacts={"L2": Contact("L2", "外包二线组")})
    assert tier_names(settings, ("L1", "L2")) == {"L1": "我", "L2": "二线组"}
    assert readable("财务岗", "zh-Hans") == "财务岗"


def test_a_sentence_above_a_list_makes_no_case_of_its_items():
    article = Article(
        id="a", title="晚点", body="没有补偿，可以免费退票。\n\n- 补偿 3 个工作日内到。\n", version="1"
    )
    (item,) = [p for p in passages_of(article) if p.kind == "item"]
    assert case_heading(item) == ""


def test_what_announces_a_list_makes_cases_of_its_items():
    article = Article(id="a", title="晚点", body="免费退票的情形：\n\n- 晚到 2 小时以上。\n", version="1")
    (item,) = [p for p in passages_of(article) if p.kind == "item"]
    assert case_heading(item) == "免费退票的情形"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("坐席 20 元以内直接退，超出的交二线。", ""),
        ("一线最多退 20 元，二线最多退 100 元。", ""),
        ("权限：一线20元，二线100元。", ""),
        ("最多可以让到50元，别主动提。", ""),
        ("包裹晚到退运费，20 元以内由坐席直接退。", "包裹晚到退运费，"),
        ("券 90 天内有效；超过二线额度的送账务组，3 个工作日。当天发。", "券 90 天内有效；当天发。"),
        ("减免由维系组审，我只提交，1个工作日内回复。", "减免由维系组审，1个工作日内回复。"),
        ("每单最多赔 200 元，客服 2 小时内回复。", "每单最多赔 200 元，客服 2 小时内回复。"),
        ("退 1,200 元，30 天内到账。", "退 1,200 元，30 天内到账。"),
    ],
)
def test_what_somebody_who_serves_may_give_is_not_told(rule, told):
    assert to_customer(rule, "zh-Hans", {}).removesuffix("。") == told.removesuffix("。")


def test_a_backslash_in_a_clients_name_is_only_a_character():
    assert to_customer("由 L2 处理。", "zh-Hans", {"L2": r"二线\1组"}) == r"由 二线\1组 处理。"
