from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.model import Passage
from knowledge.passages import MAX_CHARACTERS, passages_of, searchable
from knowledge.reading.articles import article_of


def cut(body: str, title: str = "规则") -> tuple[Passage, ...]:
    return passages_of(article_of("A-1", title, body))


def test_a_row_knows_its_header_and_cells() -> None:
    (row,) = cut("| 车型 | 取消费 |\n|---|---|\n| 优享 | **6元** |")
    assert (row.kind, row.header, row.cells) == ("row", ("车型", "取消费"), ("优享", "**6元**"))
    assert row.text == "| 优享 | **6元** |"
    assert searchable("规则", row) == "规则 > 车型: 优享; 取消费: 6元"


def test_a_row_with_fewer_cells_is_filled_up() -> None:
    (row,) = cut("| a | b |\n|---|---|\n| 1 |")
    assert row.cells == ("1", "")


def test_numbered_steps_know_their_number_and_their_lead_in() -> None:
    lead, first, second = cut("按以下步骤：\n\n3. 查订单\n4. 退款")
    assert (lead.kind, first.kind, first.number, second.number) == ("lead", "step", 3, 4)
    assert (first.text, first.lead_in) == ("查订单", "按以下步骤：")


def test_an_item_below_an_item_is_led_by_it() -> None:
    parent, child = cut("- 可以退的：\n  - 未拆封")
    assert (parent.text, child.text, child.lead_in) == ("可以退的：", "未拆封", "可以退的：")


def test_the_headings_above_are_the_path() -> None:
    (passage,) = cut("# 规则\n\n## 退款\n\n### 例外\n\n生鲜不退。\n")
    assert passage.heading == ("退款", "例外")


def test_a_heading_of_the_same_level_replaces_the_one_before() -> None:
    first, second = cut("## 甲\n\n一。\n\n## 乙\n\n二。")
    assert (first.heading, second.heading) == (("甲",), ("乙",))


def test_chinese_numbering_without_markdown_makes_steps() -> None:
    passages = cut("1、先查物流\n2、超过48小时没更新的，登记查件\n（3）赔付")
    assert [(passage.kind, passage.number) for passage in passages] == [("step", 1), ("step", 2), ("step", 3)]
    assert passages[1].text == "超过48小时没更新的，登记查件"


def test_a_question_with_its_answer_stays_together() -> None:
    (passage,) = cut("问：多久到账？\n答：3个工作日。")
    assert passage.kind == "question"


def test_a_long_paragraph_is_split_at_its_sentences() -> None:
    sentence = "这一句话大约有二十个字左右长短刚好合适。"
    passages = cut(sentence * 40)
    assert len(passages) > 1
    assert all(len(passage.text) <= MAX_CHARACTERS and passage.text.endswith("。") for passage in passages)


def test_text_without_any_sentence_end_is_cut_where_it_must_be() -> None:
    assert len(cut("啊" * 5000)) == 5


def test_an_empty_article_has_no_passages() -> None:
    assert cut("") == ()


def test_an_faq_answer_is_led_by_its_question() -> None:
    article = article_of("F-1", "多久到账？", "3个工作日。", extra={"kind": "faq"})
    (passage,) = passages_of(article)
    assert (passage.kind, passage.lead_in) == ("question", "多久到账？")


_LINES = st.sampled_from(
    [
        "# 标题",
        "## 小节",
        "- 项",
        "1. 步",
        "   - 子项",
        "| a | b |",
        "|---|---|",
        "| 1 | 2 |",
        "> 引",
        "",
        "正文。续。",
        "```",
        "1、甲",
        "问：x",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINES | st.text(max_size=20), max_size=14))
def test_every_passage_is_a_piece_of_its_article(lines: list[str]) -> None:
    body = "\n".join(lines)
    article = article_of("A-1", "标题", body)
    for passage in passages_of(article):
        assert passage.text in article.body
        assert len(passage.cells) == len(passage.header) or not passage.header
