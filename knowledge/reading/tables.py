"""Tables as offices keep them: csv and xlsx, as questions with answers or as one article of rows."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.reading.articles import Draft
from knowledge.reading.fields import parse_date
from knowledge.reading.files import check_zip, read_text
from knowledge.reading.problem import Problem, ProblemError
from knowledge.text import fold

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL_CHARACTERS = 100_000
_UNNAMED = "column"

# How FAQ columns are called, folded (Simplified, lower case, without white space and marks).
_QUESTION = re.compile(
    r"^(?:faq|q|question|questions|query|title|标准问题?|标准问|问题?|问句|常见问题|用户问题|客户问题|提问|标题|问题标题|主题)$"
)
_ANSWER = re.compile(
    r"^(?:a|ans|answer|answers|reply|response|content|答案?|标准答案?|回答|答复|回复|回复内容|答案内容|解答|内容|回覆|话术)$"
)
_ID = re.compile(r"^(?:id|no|code|编号|序号|编码|faqid|articleid|文章id|知识id)$")
_TAGS = re.compile(r"^(?:tags?|category|categories|topic|分类|类别|标签|类目|类型|问题分类)$")
_SIMILAR = re.compile(r"^(?:similar\w*|相似问题?|扩展问题?|相似问法|其他问法|关键词|keywords?)$")
_FROM = re.compile(r"^(?:validfrom|生效日期?|生效时间|有效期起|开始日期|起始日期)$")
_TO = re.compile(r"^(?:validto|expires?|失效日期?|失效时间|有效期止|到期日期?|截止日期|结束日期)$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row with where it stands: `line 7` or `Sheet1!A7`."""

    where: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, each padded to the header's width; `notes` stood above the header."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    question: int
    answer: int
    id: int | None
    tags: int | None
    similar: int | None
    valid_from: int | None
    valid_to: int | None


def read_csv(path: Path, name: str) -> Table:
    """Return the table of a csv file. Raise ProblemError (with the line) where it is none."""
    text = read_text(path, name)
    rows = list(_csv_rows(text, name))
    if not rows:
        raise ProblemError(Problem(name, "", "the file is empty"))
    return _table(Path(name).stem, rows, name)


def read_xlsx(path: Path, name: str) -> tuple[Table, ...]:
    """Return the filled sheets of a workbook; merged cells repeat their value. Raise ProblemError."""
    check_zip(path, name)
    import openpyxl  # noqa: PLC0415 - half a second that only workbooks need
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise ProblemError(Problem(name, "", f"is damaged: no readable workbook ({error})")) from error
    tables = [_sheet(sheet, name) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return tuple(table for table in tables if table is not None)


def drafts_of(table: Table, path: str, problems: list[Problem]) -> tuple[Draft, ...]:
    """Return one article a question where the table is an FAQ, else one article of rows."""
    columns = _faq_columns(table.header)
    if columns is None:
        body = "\n\n".join([*table.notes, as_markdown(table)])
        return (Draft(id=None, title=table.name, body=body, path=path),) if table.rows else ()
    return tuple(
        draft for row in table.rows if (draft := _faq_draft(table, row, columns, path, problems)) is not None
    )


def as_markdown(table: Table) -> str:
    """Return the table in Markdown."""
    lines = [table.header, tuple("---" for _ in table.header), *(row.cells for row in table.rows)]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def column(header: Sequence[str], names: re.Pattern[str]) -> int | None:
    """Return the first column whose name matches."""
    return next((index for index, name in enumerate(header) if names.match(_key(name))), None)


def _faq_draft(table: Table, row: Row, columns: _Columns, path: str, problems: list[Problem]) -> Draft | None:
    question, answer = row.cells[columns.question], row.cells[columns.answer]
    if not question or not answer:
        if question or answer:
            missing = "answer" if question else "question"
            problems.append(Problem(path, row.where, f"the row has no {missing} and is left out", "warning"))
        return None
    used = {columns.question, columns.answer, columns.id, columns.tags, columns.valid_from, columns.valid_to}
    others = {table.header[i]: cell for i, cell in enumerate(row.cells) if cell and i not in used}
    similar = _optional(row, columns.similar)
    return Draft(
        id=_optional(row, columns.id)
        or f"{Path(path).stem}-{hashlib.sha256(question.encode()).hexdigest()[:8]}",
        title=" ".join(question.split()),
        body=answer,
        path=f"{path} {row.where}",
        tags=tuple(
            part.strip()
            for part in re.split(r"[,，;；、|/\n]", _optional(row, columns.tags) or "")
            if part.strip()
        ),
        valid_from=_day(row, columns.valid_from, path, problems),
        valid_to=_day(row, columns.valid_to, path, problems),
        extra={"kind": "faq", **({"also_asked": similar} if similar else {}), **others},
    )


def _day(row: Row, index: int | None, path: str, problems: list[Problem]) -> date | None:
    text = _optional(row, index)
    if text is None:
        return None
    day = parse_date(text)
    if day is None:
        problems.append(Problem(path, row.where, f"{text!r} is no date; write it like 2026-03-01"))
    return day


def _optional(row: Row, index: int | None) -> str | None:
    return None if index is None else row.cells[index] or None


def _faq_columns(header: Sequence[str]) -> _Columns | None:
    question, answer = column(header, _QUESTION), column(header, _ANSWER)
    if question is None or answer is None or question == answer:
        return None
    return _Columns(
        question=question,
        answer=answer,
        id=column(header, _ID),
        tags=column(header, _TAGS),
        similar=column(header, _SIMILAR),
        valid_from=column(header, _FROM),
        valid_to=column(header, _TO),
    )


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", fold(name))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "｜").split())


def _csv_rows(text: str, name: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
    start = 1
    try:
        for number, cells in enumerate(reader):
            if number > MAX_ROWS or len(cells) > MAX_COLUMNS:
                raise ProblemError(Problem(name, f"line {start}", "the table is too large"))
            yield Row(f"line {start}", tuple(cell.strip() for cell in cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ProblemError(Problem(name, f"line {start}", f"is no readable csv: {error}")) from error


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _table(table_name: str, rows: Sequence[Row], name: str) -> Table:
    filled = [row for row in rows if any(row.cells)]
    if not filled:
        return Table(table_name, (), ())
    header = _trimmed(filled[0].cells)
    return Table(table_name, header, tuple(_fitted(row, len(header), name) for row in filled[1:]))


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    end = next((index for index in range(len(cells), 0, -1) if cells[index - 1]), 0)
    return cells[:end]


def _fitted(row: Row, width: int, name: str) -> Row:
    cells = _trimmed(row.cells)
    if len(cells) > width:
        cause = f"{len(cells)} cells under {width} column names; quote a text that contains the delimiter"
        raise ProblemError(Problem(name, row.where, cause))
    return Row(row.where, (*cells, *("" for _ in range(width - len(cells)))))


def _sheet(sheet: Worksheet, name: str) -> Table | None:
    if (sheet.max_row or 0) > MAX_ROWS or (sheet.max_column or 0) > MAX_COLUMNS:
        raise ProblemError(Problem(name, sheet.title, "the sheet is too large"))
    merged = _merged_values(sheet)
    rows = [
        Row(
            f"{sheet.title}!A{number}",
            tuple(_shown(merged.get((number, at), value)) for at, value in enumerate(values, 1)),
        )
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1)
    ]
    notes, rest = _below_notes([row for row in rows if any(row.cells)])
    table = _table(sheet.title, _as_wide(rest), name)
    return replace(table, notes=notes) if table.rows else None


def _below_notes(rows: Sequence[Row]) -> tuple[tuple[str, ...], Sequence[Row]]:
    """Part the lines above a sheet's header (a title, a date of issue: one filled cell) from the table."""
    wide = any(_filled(row) > 1 for row in rows)
    start = next((at for at, row in enumerate(rows) if _filled(row) > 1), 0) if wide else 0
    return tuple(cell for row in rows[:start] for cell in row.cells if cell), rows[start:]


def _filled(row: Row) -> int:
    return sum(bool(cell) for cell in row.cells)


def _as_wide(rows: Sequence[Row]) -> Sequence[Row]:
    """Name the columns that a sheet's header leaves out: a cell of a sheet is never split by mistake."""
    if not rows:
        return rows
    width = max(len(_trimmed(row.cells)) for row in rows)
    header = _trimmed(rows[0].cells)
    named = (*header, *(f"{_UNNAMED} {at}" for at in range(len(header) + 1, width + 1)))
    return [Row(rows[0].where, named), *rows[1:]]


def _merged_values(sheet: Worksheet) -> dict[tuple[int, int], object]:
    return {
        (row, at): sheet.cell(area.min_row, area.min_col).value
        for area in sheet.merged_cells.ranges
        if area.min_row > 1  # a merged first line is a title, not a value for every column
        for row in range(area.min_row, area.max_row + 1)
        for at in range(area.min_col, area.max_col + 1)
    }


def _shown(value: object) -> str:
    """Return a cell as people see it: no `.0` behind whole numbers, no midnight behind dates."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).removesuffix(" 00:00:00").strip()[:MAX_CELL_CHARACTERS]
