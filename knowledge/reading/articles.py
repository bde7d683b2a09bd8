"""One article out of Markdown or plain text: front matter, title, body, version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.model import Article
from knowledge.passages import plain
from knowledge.reading.fields import fields_of
from knowledge.reading.problem import Problem, ProblemError
from knowledge.reading.yaml_source import parse_yaml

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FENCE = re.compile(r"^---\s*$")
_TITLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before its id is settled: `id` is None where the file names none."""

    id: str | None
    title: str
    body: str
    path: str
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    audience: str | None = None
    extra: Mapping[str, Any] | None = None

    def article(self, article_id: str) -> Article:
        """Return the article under `article_id`, with its content's version."""
        return article_of(
            article_id,
            self.title,
            self.body,
            tags=self.tags,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            audience=self.audience,
            source=self.path,
            extra=self.extra or {},
        )


def article_of(  # noqa: PLR0913 - the fields of an article, by name
    article_id: str,
    title: str,
    body: str,
    *,
    tags: tuple[str, ...] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    audience: str | None = None,
    source: str = "",
    extra: Mapping[str, Any] | None = None,
) -> Article:
    """Return an article whose version is a hash of all that it says; its source does not count."""
    kept = dict(extra or {})
    said = [article_id, title, body, list(tags), str(valid_from), str(valid_to), audience, kept]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, default=str).encode())
    return Article(
        id=article_id,
        title=title,
        body=body,
        version=digest.hexdigest()[:12],
        tags=tags,
        valid_from=valid_from,
        valid_to=valid_to,
        audience=audience,
        source=source,
        extra=kept,
    )


def markdown_draft(text: str, path: str, stem: str, problems: list[Problem]) -> Draft:
    """Return the article in a Markdown file. Raise ProblemError where its front matter is broken."""
    matter, body, offset = _front_matter(text, path)
    fields = fields_of(parse_yaml(matter, path, offset), path, problems)
    draft = Draft(
        id=fields.text("id"),
        title=fields.text("title") or first_heading(body) or stem,
        body=body.strip("\n"),
        path=path,
        tags=fields.texts("tags"),
        valid_from=fields.day("valid_from"),
        valid_to=fields.day("valid_to"),
        audience=fields.text("audience"),
        extra=fields.rest(),
    )
    if draft.valid_from and draft.valid_to and draft.valid_from > draft.valid_to:
        fields.note("valid_to", f"{draft.valid_to} is before valid_from {draft.valid_from}")
    if not body.strip():
        problems.append(Problem(path, "", "the article is empty", "warning"))
    return draft


def text_draft(text: str, path: str, stem: str) -> Draft:
    """Return the article in a plain text file: a short first line is its title."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    titled = 0 < len(first) <= _TITLE_CHARACTERS and not first.endswith(("。", "；", ";", "，", ","))
    return Draft(id=None, title=first if titled else stem, body=text.strip("\n"), path=path)


def first_heading(body: str) -> str | None:
    """Return the first Markdown heading of `body`."""
    match = _HEADING.search(body)
    return plain(match.group(1)) if match else None


def _front_matter(text: str, path: str) -> tuple[str, str, int]:
    """Split `text` into front matter, body and the number of lines above the front matter."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not _FENCE.match(lines[start]):
        return "", text, 0
    end = next((number for number in range(start + 1, len(lines)) if _FENCE.match(lines[number])), None)
    if end is None:
        if not any(re.match(r"^\w+\s*:", line) for line in lines[start + 1 : start + 4]):
            return "", text, 0  # a ruler, not front matter
        raise ProblemError(Problem(path, f"line {start + 1}", "the front matter has no closing `---`"))
    return "\n".join(lines[start + 1 : end]), "\n".join(lines[end + 1 :]), start + 1
