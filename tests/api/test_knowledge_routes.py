"""Knowledge by API: articles, authority, settings, search, import."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

ARTICLE = {"title": "退款到账", "body": "原路退回，3个工作日内到账。", "tags": ["退款"]}


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def upload(client: TestClient, content: bytes, client_id: str = "lulu", **params: Any) -> Any:
    return client.post(
        f"/v1/clients/{client_id}/import", files={"file": ("folder.zip", content)}, params=params
    )


FOLDER = {
    "new/client.yaml": "id: lulu\nname: 鹿鹿\n",
    "new/authority.yaml": "client: lulu\ntiers: [L1]\nactions:\n  - {action: refund, tier: L1, max: 20}\n",
    "new/articles/A-1.md": "---\nid: A-1\ntitle: 退款\n---\n退款3天到账。\n",
}


def test_an_article_is_written_read_searched_and_taken_out_of_use(local: TestClient) -> None:
    written = local.put("/v1/clients/lulu/articles/A-9", json=ARTICLE)
    assert written.status_code == 200
    version = written.json()["version"]
    assert local.get("/v1/clients/lulu/articles/A-9").json()["body"] == ARTICLE["body"]
    found = local.get("/v1/clients/lulu/search", params={"q": "原路退回，3个工作日内到账。"}).json()[
        "results"
    ]
    assert found[0]["article_id"] == "A-9"
    assert found[0]["quote"] in ARTICLE["body"]
    assert local.delete("/v1/clients/lulu/articles/A-9").status_code == 200
    assert local.get("/v1/clients/lulu/articles/A-9").status_code == 404
    old = local.get("/v1/clients/lulu/articles/A-9", params={"version": version})
    assert old.json()["title"] == ARTICLE["title"]


def test_the_same_words_have_the_same_version(local: TestClient) -> None:
    first = local.put("/v1/clients/lulu/articles/A-9", json=ARTICLE).json()
    assert local.put("/v1/clients/lulu/articles/A-9", json=ARTICLE).json() == first


def test_an_article_outside_its_dates_is_not_found(local: TestClient) -> None:
    local.put("/v1/clients/lulu/articles/OLD", json={**ARTICLE, "valid_to": "2020-01-01"})
    found = local.get("/v1/clients/lulu/search", params={"q": ARTICLE["body"], "limit": 100}).json()[
        "results"
    ]
    assert "OLD" not in [row["article_id"] for row in found]


def test_dates_that_contradict_each_other_are_refused(local: TestClient) -> None:
    response = local.put(
        "/v1/clients/lulu/articles/X",
        json={**ARTICLE, "valid_from": "2026-02-01", "valid_to": "2026-01-01"},
    )
    assert response.json()["code"] == "invalid_knowledge"
    assert response.json()["errors"][0]["path"] == "valid_to"


def test_lists_page_by_cursor(local: TestClient) -> None:
    for number in range(5):
        local.put(f"/v1/clients/lulu/articles/P-{number}", json={**ARTICLE, "title": f"t{number}"})
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = local.get("/v1/clients/lulu/articles", params=params).json()
        seen += [row["article_id"] for row in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize("cursor", ["%%%", "é", "////"])
def test_a_foreign_cursor_is_refused(local: TestClient, cursor: str) -> None:
    response = local.get("/v1/clients/lulu/articles", params={"cursor": cursor})
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == "query.cursor"


def test_limits_lie_between_1_and_100(local: TestClient) -> None:
    for limit in (0, 101, "x"):
        response = local.get("/v1/clients/lulu/articles", params={"limit": limit})
        assert response.json()["errors"][0]["path"] == "query.limit"


def test_authority_is_replaced_as_a_whole_or_not_at_all(local: TestClient) -> None:
    good = {"client": "lulu", "tiers": ["L1"], "actions": [{"action": "refund", "tier": "L1", "max": 20}]}
    written = local.put("/v1/clients/lulu/authority", json=good)
    assert written.json()["document"]["rules"][0]["max"] == 20
    bad = {**good, "actions": [{"action": "refund", "tier": "L9", "max": "viel"}]}
    refused = local.put("/v1/clients/lulu/authority", json=bad)
    assert refused.status_code == 422
    assert {error["path"] for error in refused.json()["errors"]} >= {"actions.0.max"}
    assert local.get("/v1/clients/lulu/authority").json()["document"] == written.json()["document"]


def test_settings_of_another_client_are_refused(local: TestClient) -> None:
    response = local.put("/v1/clients/lulu/settings", json={"id": "xianda", "name": "x"})
    assert response.status_code == 422


def test_settings_create_a_client(local: TestClient) -> None:
    assert (
        local.put("/v1/clients/fresh/settings", json={"name": "Fresh", "language": "en"}).status_code == 200
    )
    rows = local.get("/v1/clients").json()["results"]
    assert {"fresh", "lulu", "xianda"} == {row["client_id"] for row in rows}


def test_a_zipped_folder_becomes_the_new_version(local: TestClient) -> None:
    response = upload(local, zipped(FOLDER))
    assert response.status_code == 200, response.text
    assert response.json()["articles"] == 1
    assert local.get("/v1/clients/lulu/articles/A-1").status_code == 200
    assert local.get("/v1/clients/lulu/articles/lulu-1").status_code == 404


def test_a_dry_run_changes_nothing(local: TestClient) -> None:
    assert upload(local, zipped(FOLDER), dry_run=True).json()["knowledge_version"] is None
    assert local.get("/v1/clients/lulu/articles/A-1").status_code == 404


def test_a_broken_folder_is_refused_with_every_problem_and_place(local: TestClient) -> None:
    broken = {
        **FOLDER,
        "new/authority.yaml": "actions:\n\t- x\n",
        "new/articles/A-2.md": "---\nid: A-1\n---\nx\n",
    }
    response = upload(local, zipped(broken))
    assert response.json()["code"] == "invalid_knowledge"
    paths = [error["path"] for error in response.json()["errors"]]
    assert "authority.yaml: line 2" in paths
    assert any(path.startswith("articles/A-2.md") for path in paths)
    assert local.get("/v1/clients/lulu/articles/lulu-1").status_code == 200


def test_another_clients_folder_is_refused(local: TestClient) -> None:
    foreign = {**FOLDER, "new/client.yaml": "id: xianda\n", "new/authority.yaml": ""}
    response = upload(local, zipped(foreign))
    assert response.status_code == 422
    assert local.get("/v1/clients/xianda/articles/xianda-1").status_code == 200


@pytest.mark.parametrize("name", ["../evil.md", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil"])
def test_an_archive_that_leaves_its_folder_is_refused(local: TestClient, name: str) -> None:
    response = upload(local, zipped({**FOLDER, name: "x"}))
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_knowledge"


def test_an_archive_with_a_link_is_refused(local: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("new/articles/passwd.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert upload(local, buffer.getvalue()).status_code == 422


def test_a_bomb_is_refused(local: TestClient) -> None:
    response = upload(local, zipped({**FOLDER, "new/articles/bomb.txt": "0" * 50_000_000}))
    assert response.status_code == 422
    assert "unpacks" in response.text


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_archive_is_refused(local: TestClient, content: bytes) -> None:
    response = upload(local, content)
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_knowledge"
