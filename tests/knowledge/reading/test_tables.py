from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from knowledge.passages import passages_of
from knowledge.reading.folder import read_folder
from knowledge.reading.tables import drafts_of, read_xlsx
from tests.knowledge.folders import CASES, lulu, write

FAQ = (
    "编号,问题,标准答案,分类,生效日期\n"
    "Q1,多久到账？,3个工作日,退款,2026-01-01\n"
    'Q2,能开票吗？,"能，在订单页申请",发票,\n'
)


def workbook(rows: list[list[object]], merge: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_an_faq_is_read_in_every_encoding_that_offices_save(tmp_path: Path, encoding: str) -> None:
    folder = read_folder(write(tmp_path, {"articles/faq.csv": FAQ.encode(encoding)}))
    assert [(article.id, article.title, article.body) for article in folder.articles] == [
        ("Q1", "多久到账？", "3个工作日"),
        ("Q2", "能开票吗？", "能，在订单页申请"),
    ]
    assert folder.articles[0].tags == ("退款",)


def test_a_traditional_table_in_big5_is_read(tmp_path: Path) -> None:
    text = "問題,答案\n多久會到貨,付款後第三天會到，離島要看船班\n"
    (article,) = read_folder(write(tmp_path, {"articles/faq.csv": text.encode("big5")})).articles
    assert article.title == "多久會到貨"


@pytest.mark.parametrize(
    "header",
    ["question,answer", "Q,A", "标准问,答复", "問題,回答", "常见问题;回复内容", "Question\tResponse"],
)
def test_question_and_answer_are_found_by_any_usual_name(tmp_path: Path, header: str) -> None:
    delimiter = next((mark for mark in ";\t" if mark in header), ",")
    text = f"{header}\n能退吗{delimiter}能\n"
    (article,) = read_folder(write(tmp_path, {"articles/x.csv": text})).articles
    assert (article.title, article.body) == ("能退吗", "能")


def test_an_answers_passage_is_a_question(tmp_path: Path) -> None:
    (article, _) = read_folder(write(tmp_path, {"articles/faq.csv": FAQ})).articles
    (passage,) = passages_of(article)
    assert (passage.kind, passage.text, passage.lead_in) == ("question", "3个工作日", "多久到账？")


def test_a_question_keeps_its_id_when_rows_move(tmp_path: Path) -> None:
    first = read_folder(write(tmp_path / "a", {"articles/f.csv": "q,a\n甲?,1\n乙?,2\n"})).articles
    second = read_folder(write(tmp_path / "b", {"articles/f.csv": "q,a\n乙?,2\n甲?,1\n"})).articles
    assert {article.id for article in first} == {article.id for article in second}


def test_a_question_without_answer_is_named_and_left_out(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path, {"articles/f.csv": "q,a\n甲?,\n乙?,2\n"}))
    assert len(folder.articles) == 1
    assert [(problem.where, problem.severity) for problem in folder.problems] == [("line 2", "warning")]


def test_a_table_that_is_no_faq_becomes_rows(tmp_path: Path) -> None:
    (article,) = read_folder(
        write(tmp_path, {"articles/运费.csv": "地区,运费\n江浙沪,5元\n新疆,25元\n"})
    ).articles
    rows = passages_of(article)
    assert [row.cells for row in rows] == [("江浙沪", "5元"), ("新疆", "25元")]
    assert article.title == "运费"


def test_a_cell_with_an_unquoted_comma_is_named_by_its_line(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path, cases_csv=CASES + "C-2,2026-01-01,a,b,c,d,e\n"))
    (error,) = folder.errors
    assert (error.path, error.where) == ("cases.csv", "line 3")
    assert "7 cells under 6" in error.cause


def test_a_quote_that_never_ends_is_named_by_its_line(tmp_path: Path) -> None:
    (error,) = read_folder(lulu(tmp_path, cases_csv=CASES + 'C-2,2026-01-01,"a\n')).errors
    assert error.where == "line 3"


def test_chinese_case_columns_are_understood(tmp_path: Path) -> None:
    text = "编号,日期,情况,处理方式,结果,权限\nC-1,2026/2/3,漏送一件,补送,满意,L1\n"
    (case,) = read_folder(lulu(tmp_path, cases_csv=text.encode("gb18030"))).precedents
    assert (case.id, case.what_was_done, case.authority_used) == ("C-1", "补送", "L1")


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    rows = [["地区", "时效", "运费"], ["西北", "5日", 12.0], [None, "7日", 18.5]]
    folder = read_folder(write(tmp_path, {"articles/运费.xlsx": workbook(rows, merge="A2:A3")}))
    (article,) = folder.articles
    assert [row.cells for row in passages_of(article)] == [("西北", "5日", "12"), ("西北", "7日", "18.5")]


def test_a_workbook_with_questions_is_an_faq(tmp_path: Path) -> None:
    rows: list[list[object]] = [["问题", "答案"], ["多久到账", "3个工作日"]]
    (article,) = read_folder(write(tmp_path, {"articles/faq.xlsx": workbook(rows)})).articles
    assert (article.title, article.body) == ("多久到账", "3个工作日")


def test_a_damaged_workbook_is_said_to_be_damaged(tmp_path: Path) -> None:
    (error,) = read_folder(write(tmp_path, {"articles/x.xlsx": b"PK\x03\x04nothing"})).errors
    assert "damaged" in error.cause


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    (error,) = read_folder(write(tmp_path, {"articles/x.csv": ""})).errors
    assert "empty" in error.cause


def test_a_title_above_a_sheets_header_is_a_note(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "赔偿"
    sheet.append(["物品赔偿标准（2026年11月起）"])
    sheet.append([None])
    sheet.append(["物品", "原价", "赔偿"])
    sheet.append(["床垫", 800, "按折旧", "另议"])
    book.save(tmp_path / "a.xlsx")
    (table,) = read_xlsx(tmp_path / "a.xlsx", "a.xlsx")
    assert table.notes == ("物品赔偿标准（2026年11月起）",)
    assert table.header == ("物品", "原价", "赔偿", "column 4")
    (draft,) = drafts_of(table, "a.xlsx", [])
    assert draft.body.startswith("物品赔偿标准")
    assert "| 床垫 | 800 | 按折旧 | 另议 |" in draft.body
