"""docx, pdf and html as Markdown, by markitdown; what it cannot read is said plainly."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.reading.articles import Draft, first_heading, text_draft
from knowledge.reading.files import check_zip, read_bytes
from knowledge.reading.problem import Problem, ProblemError

if TYPE_CHECKING:
    from markitdown import MarkItDown

ZIPPED = frozenset({".docx"})


@lru_cache(maxsize=1)
def _converter() -> MarkItDown:
    # Two seconds of imports that only documents need.
    from markitdown import MarkItDown  # noqa: PLC0415
    from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter  # noqa: PLC0415

    # Its default set reads a damaged pdf as if it were plain text.
    converter = MarkItDown(enable_builtins=False, enable_plugins=False)
    for known in (DocxConverter(), PdfConverter(), HtmlConverter()):  # type: ignore[no-untyped-call]
        converter.register_converter(known)
    return converter


def document_draft(path: Path, name: str) -> Draft:
    """Return the article in a document. Raise ProblemError where it is damaged or has no text."""
    read_bytes(path, name)  # size and rights, before any parser sees it
    if path.suffix.lower() in ZIPPED:
        check_zip(path, name)
    body, title = _converted(path, name)
    if not body:
        raise ProblemError(Problem(name, "", "has no text (a scan?); nothing can be quoted from it"))
    heading = first_heading(body)
    if heading or title:
        return Draft(id=None, title=heading or title or path.stem, body=body, path=name)
    return text_draft(body, name, path.stem)


def _converted(path: Path, name: str) -> tuple[str, str | None]:
    from markitdown import MarkItDownException  # noqa: PLC0415 - as above

    try:
        result = _converter().convert_local(path)
    except (MarkItDownException, ValueError, OSError, RecursionError) as error:
        kind = path.suffix.lower().lstrip(".")
        raise ProblemError(Problem(name, "", f"is damaged or no {kind}: it cannot be read")) from error
    text = result.text_content.replace("\r\n", "\n").replace("\f", "\n\n").replace("\0", "")
    return text.strip(), result.title
