from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge.base import KnowledgeBase, UnknownArticleError, UnknownClientError
from knowledge.embedding import EmbeddingError
from knowledge.model import SearchQuery, WeightedText
from knowledge.reading.articles import article_of
from knowledge.store.engine import open_engine
from knowledge.store.schema import create_schema, metadata
from tests.knowledge.fakes import BrokenEmbedder, WordEmbedder
from tests.knowledge.folders import AUTHORITY, CLIENT, REFUND, lulu, write

TODAY = date(2026, 3, 1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite file, or the empty PostgreSQL database that COPILOT_TEST_DATABASE_URL names."""
    url = os.environ.get("COPILOT_TEST_DATABASE_URL", f"sqlite:///{tmp_path / 'knowledge.db'}")
    engine = open_engine(url)
    create_schema(engine)
    yield engine
    metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def base(engine: Engine, embedder: WordEmbedder, tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(engine, embedder, tmp_path / "index")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lulu(tmp_path / "lulu")


def ask(base: KnowledgeBase, text: str) -> SearchQuery:
    return SearchQuery(base.embed_queries([text])[0], (WeightedText(text),))


def found(base: KnowledgeBase, text: str, on: date = TODAY, client: str = "lulu") -> list[str]:
    return [hit.article.id for hit in base.search(client, ask(base, text), on)]


def test_an_imported_folder_is_found_again_as_it_was(base: KnowledgeBase, folder: Path) -> None:
    report = base.import_folder(folder)
    client = base.client("lulu")
    assert (report.changed, report.articles, report.precedents) == (True, 2, 1)
    assert client.version == report.version
    assert client.settings.contacts["client_ops"].target_minutes == 480
    assert client.settings.extra == {"mascot": "小鹿"}
    assert client.authority.rules[0].per_user == "每月1张"
    assert client.precedents["C-1"].date == date(2026, 2, 3)
    assert base.clients() == ("lulu",)


def test_a_search_finds_the_article_and_its_passage(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    hit = base.search("lulu", ask(base, "司机原地不动 取消费能退吗"), TODAY)[0]
    assert hit.article.id == "LL-1"
    assert "司机接单后原地不动超过4分钟，取消费全额退还。" in {found.passage.text for found in hit.passages}
    assert 0 <= hit.confidence <= 1


def test_an_article_is_silent_outside_its_dates(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    assert "LL-2" in found(base, "东西落在车上", on=date(2026, 6, 30))
    assert "LL-2" not in found(base, "东西落在车上", on=date(2026, 7, 1))
    assert found(base, "取消费", on=date(2025, 12, 31)) == ["LL-2"]


def test_precedents_are_found_apart(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    (hit,) = base.search_precedents("lulu", ask(base, "司机不动取消被扣"))
    assert hit.precedent.id == "C-1"


def test_the_same_folder_again_changes_and_embeds_nothing(
    base: KnowledgeBase, folder: Path, embedder: WordEmbedder
) -> None:
    first = base.import_folder(folder)
    embedder.embedded.clear()
    second = base.import_folder(folder)
    assert (second.changed, second.version, second.embedded) == (False, first.version, 0)
    assert embedder.embedded == []


def test_only_what_changed_is_embedded(base: KnowledgeBase, folder: Path, embedder: WordEmbedder) -> None:
    base.import_folder(folder)
    embedder.embedded.clear()
    write(folder, {"articles/refund.md": REFUND.replace("| 优享 | 6元 |", "| 优享 | 7元 |")})
    assert base.import_folder(folder).embedded == 1
    assert embedder.embedded == [
        "取消费退还 > 司机接单后原地不动超过4分钟，取消费全额退还。 > 车型: 优享; 取消费: 7元"
    ]


def test_a_folder_with_an_error_changes_nothing(base: KnowledgeBase, folder: Path) -> None:
    before = base.import_folder(folder).version
    write(folder, {"articles/refund.md": REFUND.replace("4分钟", "8分钟"), "client.yaml": CLIENT + "\tx: 1"})
    report = base.import_folder(folder)
    assert (report.changed, report.version) == (False, None)
    assert base.client("lulu").version == before
    assert "4分钟" in base.client("lulu").articles["LL-1"].body


def test_a_dry_run_reads_and_changes_nothing(
    base: KnowledgeBase, folder: Path, embedder: WordEmbedder
) -> None:
    report = base.import_folder(folder, dry_run=True)
    assert (report.articles, report.changed, embedder.embedded) == (2, False, [])
    with pytest.raises(UnknownClientError):
        base.client("lulu")


def test_an_embedder_that_fails_leaves_the_old_version(
    base: KnowledgeBase, folder: Path, engine: Engine, tmp_path: Path
) -> None:
    before = base.import_folder(folder).version
    many = "\n\n".join(f"规则{number}：甲乙丙丁。" for number in range(100))
    write(folder, {"articles/new.md": f"# 新规\n\n{many}"})
    broken = KnowledgeBase(engine, BrokenEmbedder(after=70), tmp_path / "index")
    with pytest.raises(EmbeddingError):
        broken.import_folder(folder)
    assert base.client("lulu").version == before
    assert base.import_folder(folder).embedded < 100  # what was embedded before the failure is kept


def test_articles_that_left_the_folder_are_gone_but_stay_readable(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    old = base.client("lulu").articles["LL-2"]
    (folder / "articles" / "lost.md").unlink()
    base.import_folder(folder)
    assert "LL-2" not in base.client("lulu").articles
    assert base.article_version("lulu", "LL-2", old.version) == old


def test_an_older_version_stays_readable(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    old = base.client("lulu").articles["LL-1"]
    base.put_article("lulu", article_of("LL-1", "取消费退还", "不退。"))
    assert base.client("lulu").articles["LL-1"].body == "不退。"
    assert base.article_version("lulu", "LL-1", old.version).body == old.body


def test_an_article_may_return_to_an_older_version(base: KnowledgeBase, folder: Path) -> None:
    first = base.import_folder(folder).version
    base.put_article("lulu", article_of("LL-1", "取消费退还", "不退。"))
    assert base.import_folder(folder).version == first
    assert found(base, "司机原地不动取消费")[0] == "LL-1"


def test_a_deleted_article_is_not_found(base: KnowledgeBase, folder: Path) -> None:
    base.import_folder(folder)
    base.delete_article("lulu", "LL-1")
    assert found(base, "取消费") == ["LL-2"]
    with pytest.raises(UnknownArticleError):
        base.delete_article("lulu", "LL-1")


def test_nothing_of_another_client_is_found(base: KnowledgeBase, folder: Path, tmp_path: Path) -> None:
    base.import_folder(folder)
    other = lulu(
        tmp_path / "other",
        client_yaml=CLIENT.replace("lulu", "other"),
        authority_yaml=AUTHORITY.replace("lulu", "other"),
        articles__refund_md="---\nid: OT-1\ntitle: 取消费退还\n---\n取消费一律不退，暗号CANARY。",
    )
    base.import_folder(other)
    hits = base.search("lulu", ask(base, "取消费退还 CANARY"), TODAY)
    assert all("CANARY" not in hit.article.body for hit in hits)
    assert found(base, "取消费", client="other")[0] == "OT-1"
    with pytest.raises(UnknownArticleError):
        base.article_version("lulu", "OT-1", base.client("other").articles["OT-1"].version)


def test_vectors_are_not_shared_between_clients(
    base: KnowledgeBase, folder: Path, tmp_path: Path, embedder: WordEmbedder
) -> None:
    base.import_folder(folder)
    embedder.embedded.clear()
    copy = lulu(
        tmp_path / "copy",
        client_yaml=CLIENT.replace("lulu", "copy"),
        authority_yaml=AUTHORITY.replace("lulu", "copy"),
    )
    assert base.import_folder(copy).embedded == len(embedder.embedded) > 0


def test_another_process_import_is_noticed(
    base: KnowledgeBase, folder: Path, engine: Engine, tmp_path: Path
) -> None:
    base.import_folder(folder)
    found(base, "取消费")
    elsewhere = KnowledgeBase(engine, WordEmbedder(), tmp_path / "elsewhere")
    elsewhere.put_article("lulu", article_of("LL-9", "宠物", "宠物可以上车。"))
    assert found(base, "宠物可以上车吗")[0] == "LL-9"


def test_an_unknown_client_is_said_to_be_unknown(base: KnowledgeBase) -> None:
    with pytest.raises(UnknownClientError):
        base.client("nobody")


def test_a_client_without_articles_answers_nothing(base: KnowledgeBase, tmp_path: Path) -> None:
    base.import_folder(write(tmp_path / "empty", {"client.yaml": "id: empty\n"}))
    assert found(base, "取消费", client="empty") == []
    assert base.search_precedents("empty", ask(base, "取消费")) == ()


def test_settings_and_limits_are_replaced_by_themselves(
    base: KnowledgeBase, folder: Path, tmp_path: Path
) -> None:
    base.import_folder(folder)
    client = base.client("lulu")
    richer = lulu(tmp_path / "r", authority_yaml=AUTHORITY.replace("max: 5", "max: 8"))
    base.import_folder(richer)
    assert base.client("lulu").authority.rules[0].max == 8
    base.put_authority("lulu", client.authority)
    base.put_settings("lulu", client.settings)
    assert base.client("lulu").version == client.version


def test_concurrent_imports_of_one_client_leave_one_whole_version(engine: Engine, tmp_path: Path) -> None:
    folders = [
        lulu(tmp_path / str(n), articles__refund_md=f"---\nid: LL-1\ntitle: 版本{n}\n---\n第{n}版。")
        for n in range(6)
    ]
    bases = [KnowledgeBase(engine, WordEmbedder(), tmp_path / "index") for _ in folders]
    threads = [
        threading.Thread(target=base.import_folder, args=(folder,))
        for base, folder in zip(bases, folders, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = bases[0].client("lulu")
    assert set(client.articles) == {"LL-1", "LL-2"}
    assert {passage.article_version for passage in client.passages.values()} == {
        article.version for article in client.articles.values()
    }


def test_progress_counts_up_to_all(base: KnowledgeBase, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    base.import_folder(folder, progress=lambda done, total, _: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0
