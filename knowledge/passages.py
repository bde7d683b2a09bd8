"""An article cut into passages that know the structure they stood in.

Every passage's text is an exact substring of the article's body. What is embedded and counted for it
is the same text with its context (`searchable`): a table row means little without its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from knowledge.model import Article, Passage, PassageKind
from knowledge.text import sentences

# Longer paragraphs are split at sentences: about the length of one rule with its exceptions.
MAX_CHARACTERS = 300
_LEAD_IN_CHARACTERS = 80

_MARKER = re.compile(r"^[\s>]*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?")
# How Chinese documents number when nobody wrote Markdown: 1、 （2） ③ 四、 and bullets.
_ENUMERATOR = re.compile(
    r"^\s*(?:[（(]\d{1,2}[)）]|\d{1,2}[、.．)）](?!\d)|[①-⑳]|[（(]?[一二三四五六七八九十]{1,3}[、)）]|[•·●▪◆○])\s*"
)
_NUMBER = re.compile(r"\d{1,2}")
_QUESTION_LINE = re.compile(r"^\s*(?:\*\*)?(?:Q\d*|问题?|問題?)\s*[:：.、]", re.IGNORECASE)
_BOLD_LINE = re.compile(r"^\*\*[^*\n]{1,60}\*\*[:：]?$")
_MARKUP = re.compile(r"[*_`#|]+|<[^>\n]{1,80}>")


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands above a block."""

    heading: tuple[str, ...] = ()
    lead_in: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A passage before it has a number."""

    kind: PassageKind
    text: str
    place: _Place
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    number: int | None = None


def passages_of(article: Article) -> tuple[Passage, ...]:
    """Return the passages of `article` in reading order."""
    pieces = _faq_pieces(article) if article.extra.get("kind") == "faq" else _markdown_pieces(article)
    return tuple(
        Passage(
            id=f"{article.id}@{article.version}#{position}",
            article_id=article.id,
            article_version=article.version,
            kind=piece.kind,
            text=piece.text,
            position=position,
            heading=piece.place.heading,
            lead_in=piece.place.lead_in,
            header=piece.header,
            cells=piece.cells,
            number=piece.number,
        )
        for position, piece in enumerate(part for whole in pieces for part in _split(whole))
    )


def searchable(title: str, passage: Passage) -> str:
    """Return what is embedded and counted for `passage`: its words in their context, without markup."""
    if passage.kind == "row" and passage.header:
        pairs = zip(passage.header, passage.cells, strict=True)
        text = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
    else:
        text = passage.text
    context = [part for part in (title, *passage.heading, passage.lead_in) if part]
    return plain(" > ".join([*dict.fromkeys(context), text]))


def plain(text: str) -> str:
    """Return Markdown `text` without its marks, on one line."""
    return " ".join(_MARKUP.sub(" ", text).split())


def _faq_pieces(article: Article) -> Iterator[_Piece]:
    for piece in _markdown_pieces(article):
        lead_in = piece.place.lead_in or article.title
        yield replace(
            piece,
            kind="question" if piece.kind == "paragraph" else piece.kind,
            place=replace(piece.place, lead_in=lead_in),
        )


def _markdown_pieces(article: Article) -> Iterator[_Piece]:
    lines = article.body.split("\n")
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(article.body))
    headings: list[tuple[int, str]] = []
    lead_in = ""
    blocks = root.children
    for node, following in zip(blocks, [*blocks[1:], None][: len(blocks)], strict=True):
        if node.type == "heading":
            headings = _entered(headings, int(node.tag[1:]), plain(_inline(node)))
            lead_in = ""
            continue
        place = _Place(tuple(text for _, text in headings if text != article.title), lead_in)
        pieces = list(_block(node, lines, place))
        yield from _led(pieces, following)
        lead_in = _lead_in(pieces)


def _entered(headings: list[tuple[int, str]], level: int, text: str) -> list[tuple[int, str]]:
    return [*((above, name) for above, name in headings if above < level), (level, text)]


def _led(pieces: list[_Piece], following: SyntaxTreeNode | None) -> Iterator[_Piece]:
    """A paragraph that only introduces the list or table below it is a lead."""
    introduces = following is not None and following.type in {"bullet_list", "ordered_list", "table"}
    for piece in pieces:
        short = len(piece.text) <= _LEAD_IN_CHARACTERS
        opens = piece.text.endswith((":", "：")) or _BOLD_LINE.match(piece.text) is not None
        yield (
            replace(piece, kind="lead")
            if piece.kind == "paragraph" and short and opens and introduces
            else piece
        )


def _lead_in(pieces: list[_Piece]) -> str:
    """Return the sentence that introduces whatever follows `pieces`: the last one of a paragraph."""
    if not pieces or pieces[-1].kind not in {"paragraph", "lead"}:
        return ""
    last = sentences(pieces[-1].text)[-1:]
    return plain(last[0]) if last and len(last[0]) <= _LEAD_IN_CHARACTERS else ""


def _block(node: SyntaxTreeNode, lines: Sequence[str], place: _Place) -> Iterator[_Piece]:
    if node.type in {"bullet_list", "ordered_list"}:
        yield from _list(node, lines, place)
    elif node.type == "table":
        yield from _table(node, lines, place)
    elif node.type == "blockquote":
        for child in node.children:
            yield from _block(child, lines, place)
    elif node.map is not None and node.type != "hr":
        yield from _paragraph(_source(lines, node.map), place)


def _paragraph(text: str, place: _Place) -> Iterator[_Piece]:
    """A paragraph; enumerated lines become steps, a question with its answer stays together."""
    rows = [row for row in text.split("\n") if row.strip()]
    enumerated = [row for row in rows if _ENUMERATOR.match(row)]
    if len(enumerated) < 2:
        kind: PassageKind = "question" if _QUESTION_LINE.match(text) else "paragraph"
        if text.strip():
            yield _Piece(kind, text.strip(), place)
        return
    lead_in = place.lead_in
    for row in rows:
        marker = _ENUMERATOR.match(row)
        if marker is None:
            yield _Piece("paragraph", row.strip(), replace(place, lead_in=lead_in))
            lead_in = plain(row)[-_LEAD_IN_CHARACTERS:]
            continue
        number = _NUMBER.search(marker.group())
        yield _Piece(
            "step" if number else "item",
            row[marker.end() :].strip(),
            replace(place, lead_in=lead_in),
            number=int(number.group()) if number else None,
        )


def _list(node: SyntaxTreeNode, lines: Sequence[str], place: _Place) -> Iterator[_Piece]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for offset, item in enumerate(node.children):
        number = None if first is None else first + offset
        yield from _item(item, lines, place, number)


def _item(item: SyntaxTreeNode, lines: Sequence[str], place: _Place, number: int | None) -> Iterator[_Piece]:
    own = ""
    for child in item.children:
        below = replace(place, lead_in=plain(own)[:_LEAD_IN_CHARACTERS] or place.lead_in)
        if child.type == "paragraph" and not own and child.map is not None:
            own = _MARKER.sub("", _source(lines, child.map), count=1).strip()
            if own:
                yield _Piece("item" if number is None else "step", own, place, number=number)
        else:
            yield from _block(child, lines, below)


def _table(node: SyntaxTreeNode, lines: Sequence[str], place: _Place) -> Iterator[_Piece]:
    header = next(
        (_cells(row) for head in node.children if head.type == "thead" for row in head.children), ()
    )
    rows = [row for part in node.children if part.type == "tbody" for row in part.children]
    if rows and not any(header):  # office tables come with their names in the first row
        header, rows = _cells(rows[0]), rows[1:]
    for row in rows:
        cells = _cells(row)
        if row.map is not None and any(cells):
            width = len(header)
            padded = (*cells, *("" for _ in range(width - len(cells))))[:width]
            yield _Piece("row", _source(lines, row.map), place, header=header, cells=padded)


def _cells(row: SyntaxTreeNode) -> tuple[str, ...]:
    return tuple(_inline(cell).strip() for cell in row.children)


def _inline(node: SyntaxTreeNode) -> str:
    return next((child.content for child in node.children if child.type == "inline"), "")


def _source(lines: Sequence[str], span: tuple[int, int]) -> str:
    return "\n".join(lines[span[0] : span[1]]).strip()


def _split(piece: _Piece) -> Iterator[_Piece]:
    """Split a long piece at its sentences; a table row stays whole."""
    if len(piece.text) <= MAX_CHARACTERS or piece.kind == "row":
        yield piece
        return
    start, end = 0, 0
    for sentence in sentences(piece.text):
        at = piece.text.index(sentence, end)
        if end > start and at + len(sentence) - start > MAX_CHARACTERS:
            yield replace(piece, text=piece.text[start:end])
            start = at
        end = at + len(sentence)
    yield from _hard_cut(replace(piece, text=piece.text[start:end]))


def _hard_cut(piece: _Piece) -> Iterator[_Piece]:
    """A sentence without an end (logs, pasted data) is cut where it must be."""
    size = 4 * MAX_CHARACTERS
    for at in range(0, len(piece.text), size):
        part = piece.text[at : at + size].strip()
        if part:
            yield replace(piece, text=part)
