"""The whole folder of a client: everything readable, and every problem of it in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.model import Article, AuthorityMatrix, ClientSettings, Precedent
from knowledge.reading.articles import Draft, markdown_draft, text_draft
from knowledge.reading.cases import precedents_of
from knowledge.reading.documents import document_draft
from knowledge.reading.files import read_text, safe_path
from knowledge.reading.problem import Problem, ProblemError
from knowledge.reading.settings import authority_of, settings_of
from knowledge.reading.tables import Table, drafts_of, read_csv, read_xlsx
from knowledge.reading.yaml_source import YamlSource, parse_yaml

MAX_ARTICLE_FILES = 20_000
_MARKDOWN = frozenset({".md", ".markdown"})
_DOCUMENTS = frozenset({".docx", ".pdf", ".html", ".htm"})
_READABLE = frozenset({*_MARKDOWN, *_DOCUMENTS, ".txt", ".csv", ".xlsx"})


@dataclass(frozen=True, slots=True)
class ClientFolder:
    """What a folder says, and what is wrong with it. Only without errors may it be imported."""

    settings: ClientSettings
    authority: AuthorityMatrix
    articles: tuple[Article, ...]
    precedents: tuple[Precedent, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the folder from being imported."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_folder(root: Path) -> ClientFolder:
    """Return everything in the folder; a missing file is fine, every problem is listed."""
    problems: list[Problem] = []
    if not root.is_dir():
        problems.append(Problem(str(root), "", "is no folder"))
    source = _yaml(root, "client.yaml", problems)
    fallback = root.resolve().name
    settings = settings_of(source or YamlSource({}, {}), "client.yaml", fallback, problems)
    limits = _yaml(root, "authority.yaml", problems) or YamlSource({}, {})
    authority = authority_of(limits, "authority.yaml", settings if source is not None else None, problems)
    drafts = [draft for path in _article_files(root, problems) for draft in _drafts(path, root, problems)]
    articles = tuple(_with_ids(drafts, problems))
    precedents = _cases(root, problems)
    if not problems and not articles and not settings.extra and not (root / "client.yaml").exists():
        problems.append(Problem(str(root), "", "has neither client.yaml nor articles: no client's folder"))
    return ClientFolder(settings, authority, articles, precedents, tuple(problems))


def _yaml(root: Path, name: str, problems: list[Problem]) -> YamlSource | None:
    """Return the file's mapping, an empty one where there is no file, None where it is broken."""
    path = root / name
    if not path.exists():
        return YamlSource({}, {})
    try:
        return parse_yaml(read_text(safe_path(path, root), name), name)
    except ProblemError as error:
        problems.append(error.problem)
        return None


def _cases(root: Path, problems: list[Problem]) -> tuple[Precedent, ...]:
    path = root / "cases.csv"
    if not path.exists():
        return ()
    try:
        return precedents_of(read_csv(safe_path(path, root), "cases.csv"), "cases.csv", problems)
    except ProblemError as error:
        problems.append(error.problem)
        return ()


def _article_files(root: Path, problems: list[Problem]) -> Iterator[Path]:
    folder = root / "articles"
    if not folder.is_dir():
        return
    count = 0
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        if hidden or path.is_dir():
            continue
        count += 1
        if count > MAX_ARTICLE_FILES:
            problems.append(Problem("articles", "", f"more than {MAX_ARTICLE_FILES} files"))
            return
        if path.suffix.lower() in _READABLE:
            yield path
        else:
            name = path.relative_to(root).as_posix()
            problems.append(Problem(name, "", "this kind of file is not read", "warning"))


def _drafts(path: Path, root: Path, problems: list[Problem]) -> tuple[Draft, ...]:
    name = path.relative_to(root).as_posix()
    try:
        return _read_article_file(safe_path(path, root), name, problems)
    except ProblemError as error:
        problems.append(error.problem)
        return ()


def _read_article_file(path: Path, name: str, problems: list[Problem]) -> tuple[Draft, ...]:
    suffix = Path(name).suffix.lower()
    stem = Path(name).stem
    if suffix in _MARKDOWN:
        return (markdown_draft(read_text(path, name), name, stem, problems),)
    if suffix == ".txt":
        return (text_draft(read_text(path, name), name, stem),)
    if suffix == ".csv":
        return drafts_of(read_csv(path, name), name, problems)
    if suffix == ".xlsx":
        sheets = read_xlsx(path, name)
        return tuple(draft for table in _named(sheets, stem) for draft in drafts_of(table, name, problems))
    return (document_draft(path, name),)


def _named(sheets: tuple[Table, ...], stem: str) -> tuple[Table, ...]:
    """A lone sheet is called like its file, several carry both names."""
    if len(sheets) == 1:
        return (Table(stem, sheets[0].header, sheets[0].rows),)
    return tuple(Table(f"{stem} {sheet.name}", sheet.header, sheet.rows) for sheet in sheets)


def _with_ids(drafts: list[Draft], problems: list[Problem]) -> Iterator[Article]:
    """Settle the ids: as written in the file, else the file's name, with its kind where two would meet."""
    stems = Counter(Path(draft.path).stem for draft in drafts if draft.id is None)
    taken: dict[str, str] = {}
    for draft in drafts:
        article_id = draft.id or _id_from_path(draft, unique=stems[Path(draft.path).stem] == 1)
        if article_id in taken:
            cause = f"article id {article_id!r} is also used by {taken[article_id]}"
            problems.append(Problem(draft.path, "id", cause))
            continue
        taken[article_id] = draft.path
        yield draft.article(article_id)


def _id_from_path(draft: Draft, *, unique: bool) -> str:
    path = Path(draft.path)
    if unique:
        return path.stem
    below = path.relative_to("articles") if path.is_relative_to("articles") else path
    parts = below.as_posix().replace("/", "-")
    return parts if draft.title == path.stem or path.suffix.lower() != ".xlsx" else f"{parts}-{draft.title}"
