from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas

from knowledge.passages import passages_of
from knowledge.reading import files
from knowledge.reading.folder import read_folder
from tests.knowledge.folders import write


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("破损赔付", level=1)
    document.add_paragraph("签收后24小时内报损。")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("重量", "赔付", "1公斤内", "50元"), strict=True
    ):
        cell.text = text
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def pdf_document() -> bytes:
    target = BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 720, "Damage claims")
    canvas.drawString(72, 700, "Report damage within 24 hours of delivery.")
    canvas.save()
    return target.getvalue()


def test_a_word_document_keeps_headings_and_tables(tmp_path: Path) -> None:
    (article,) = read_folder(write(tmp_path, {"articles/claims.docx": word_document()})).articles
    assert (article.id, article.title) == ("claims", "破损赔付")
    assert [passage.cells for passage in passages_of(article) if passage.kind == "row"] == [
        ("1公斤内", "50元")
    ]


def test_a_pdf_is_read(tmp_path: Path) -> None:
    (article,) = read_folder(write(tmp_path, {"articles/claims.pdf": pdf_document()})).articles
    assert "within 24 hours" in article.body


def test_a_web_page_is_read_without_its_scripts(tmp_path: Path) -> None:
    head = "<head><title>退换货</title><script>alert(1)</script></head>"
    page = f"<html>{head}<body><h2>时限</h2><ul><li>七天内</li></ul></body></html>"
    (article,) = read_folder(write(tmp_path, {"articles/r.html": page})).articles
    assert "alert" not in article.body
    assert [passage.text for passage in passages_of(article)] == ["七天内"]


@pytest.mark.parametrize("name", ["x.pdf", "x.docx"])
def test_a_damaged_document_is_said_to_be_damaged(tmp_path: Path, name: str) -> None:
    (error,) = read_folder(write(tmp_path, {f"articles/{name}": b"%PDF-1.7\nnothing here"})).errors
    assert error.path == f"articles/{name}"
    assert "damaged" in error.cause


def test_a_plain_text_is_titled_by_its_short_first_line(tmp_path: Path) -> None:
    (article,) = read_folder(write(tmp_path, {"articles/n.txt": "夜间服务费\n\n22点后加收20%。"})).articles
    assert article.title == "夜间服务费"


def test_a_document_that_unpacks_to_too_much_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_UNZIPPED_BYTES", 10_000)
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 100_000)
    (error,) = read_folder(write(tmp_path, {"articles/x.docx": target.getvalue()})).errors
    assert "unpacks" in error.cause


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 100)
    (error,) = read_folder(write(tmp_path, {"articles/x.txt": "长" * 100})).errors
    assert "300 bytes" in error.cause
