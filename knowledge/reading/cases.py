"""cases.csv: resolved precedents."""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.model import Precedent
from knowledge.reading.fields import parse_date
from knowledge.reading.problem import Problem
from knowledge.reading.tables import Row, Table, column

_COLUMNS: Mapping[str, re.Pattern[str]] = {
    "id": re.compile(r"^(?:id|caseid|编号|案例编号|序号)$"),
    "date": re.compile(r"^(?:date|日期|时间)$"),
    "situation": re.compile(r"^(?:situation|情况|情形|问题|场景|情境|问题描述|案情)$"),
    "what_was_done": re.compile(r"^(?:whatwasdone|resolution|处理|处置|处理方式|处理过程|做法)$"),
    "outcome": re.compile(r"^(?:outcome|result|结果|处理结果)$"),
    "authority_used": re.compile(r"^(?:authorityused|authority|权限|使用权限|所用权限)$"),
}


def precedents_of(table: Table, name: str, problems: list[Problem]) -> tuple[Precedent, ...]:
    """Return the cases; two rows with one id are an error that names both lines."""
    places = {field: column(table.header, names) for field, names in _COLUMNS.items()}
    if places["situation"] is None:
        problems.append(Problem(name, "line 1", "has no column `situation`"))
        return ()
    missing = [field for field in ("what_was_done", "outcome") if places[field] is None]
    if missing:
        told = " and ".join(f"`{field}`" for field in missing)
        problems.append(
            Problem(name, "line 1", f"has no column {told}: what was done stays unknown", "warning")
        )
    first: dict[str, Row] = {}
    cases: list[Precedent] = []
    for row in table.rows:
        case = _precedent(row, places, name, problems)
        if case.id in first:
            problems.append(
                Problem(name, row.where, f"case {case.id!r} is already on {first[case.id].where}")
            )
        elif not case.situation:
            problems.append(Problem(name, row.where, "the case has no situation and is left out", "warning"))
        else:
            cases.append(case)
        first.setdefault(case.id, row)
    return tuple(cases)


def _precedent(row: Row, places: Mapping[str, int | None], name: str, problems: list[Problem]) -> Precedent:
    def cell(field: str) -> str:
        at = places[field]
        return "" if at is None else row.cells[at]

    day = parse_date(cell("date"))
    if day is None and cell("date"):
        problems.append(Problem(name, row.where, f"{cell('date')!r} is no date and is left out", "warning"))
    return Precedent(
        id=cell("id") or row.where.replace(" ", "-"),
        date=day,
        situation=cell("situation"),
        what_was_done=cell("what_was_done"),
        outcome=cell("outcome"),
        authority_used=cell("authority_used"),
    )
