"""`POST /v1/assist` at its edges: every wrong input has one clear problem, and nothing half done."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.problems import MEDIA_TYPE

TURN = {"role": "customer", "text": "我的退款怎么还没到"}


def request(**changes: Any) -> dict[str, Any]:
    return {"client_id": "lulu", "turns": [TURN], **changes}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    body = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert "Traceback" not in response.text
    return body


def test_an_answer_carries_the_id_of_its_request(local: TestClient) -> None:
    response = local.post("/v1/assist", json=request(), headers={"X-Request-ID": "call-17"})
    assert response.status_code == 200
    assert response.headers["X-Request-ID"] == response.json()["request_id"] == "call-17"


def test_a_request_id_that_is_no_id_is_replaced(local: TestClient) -> None:
    response = local.post("/v1/assist", json=request(), headers={"X-Request-ID": "a\tb <script>"})
    assert "<" not in response.headers["X-Request-ID"]


def test_an_unknown_client_is_not_found(local: TestClient) -> None:
    problem(local.post("/v1/assist", json=request(client_id="nobody")), 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "path", "hint"),
    [
        ({"turns": []}, "turns", "at least 1"),
        ({"turns": [TURN] * 10_001}, "turns", "at most 10000"),
        ({"turns": [{**TURN, "text": "a" * 1_000_001}]}, "turns[0].text", "at most 1000000"),
        ({"turns": [TURN, {**TURN, "role": "boss"}]}, "turns[1].role", "'agent'"),
        ({"turns": [{**TURN, "at": "2026-03-02T10:00:00"}]}, "turns[0].at", "offset"),
        ({"turns": [{**TURN, "at": "yesterday"}]}, "turns[0].at", "2026-03-02T21:14:00+08:00"),
        ({"now": "2026-13-02T10:00:00+08:00"}, "now", "2026-03-02T21:14:00+08:00"),
        ({"want": ["everything"]}, "want[0]", "'alerts'"),
        ({"client_id": "../etc"}, "client_id", "pattern"),
        ({"turns": "hello"}, "turns", "tuple"),
        ({"turns": [{"role": "customer"}]}, "turns[0].text", "required"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_expected(
    local: TestClient, changes: dict[str, Any], path: str, hint: str
) -> None:
    body = problem(local.post("/v1/assist", json=request(**changes)), 422, "validation_failed")
    assert [error["path"] for error in body["errors"]] == [path]
    assert hint in body["errors"][0]["message"]


def test_what_was_sent_is_not_sent_back(local: TestClient) -> None:
    response = local.post("/v1/assist", json=request(turns=[{**TURN, "role": "13812345678"}]))
    assert "13812345678" not in response.text


def test_broken_json_is_named_with_its_line(local: TestClient) -> None:
    response = local.post(
        "/v1/assist",
        content=b'{"client_id": "lulu",\n "turns": [}',
        headers={"Content-Type": "application/json"},
    )
    body = problem(response, 400, "malformed_json")
    assert body["errors"][0]["path"] == "line 2, column 12"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b"", b'"text"', b"null", b"12"])
def test_a_body_that_is_no_object_is_refused(local: TestClient, content: bytes) -> None:
    response = local.post("/v1/assist", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == MEDIA_TYPE


def test_a_body_of_another_kind_is_refused(local: TestClient) -> None:
    response = local.post("/v1/assist", content=b"{}", headers={"Content-Type": "text/plain"})
    problem(response, 422, "validation_failed")


def test_unknown_fields_are_ignored_and_named(local: TestClient) -> None:
    response = local.post(
        "/v1/assist", json=request(clientid="x", agent={"id": "a", "level": 2}, turns=[{**TURN, "mood": 1}])
    )
    assert response.status_code == 200
    assert response.headers["X-Ignored-Fields"] == "agent.level, clientid, turns[].mood"


def test_ten_thousand_turns_and_a_megabyte_in_one_are_taken(local: TestClient) -> None:
    assert local.post("/v1/assist", json=request(turns=[TURN] * 10_000)).status_code == 200
    long = {**TURN, "text": "长" * 1_000_000}
    assert local.post("/v1/assist", json=request(turns=[long])).status_code == 200


def test_a_body_beyond_the_limit_is_refused(make_world: Any) -> None:
    local = make_world(max_body_bytes=1000).local()
    problem(local.post("/v1/assist", json=request(draft="x" * 2000)), 413, "body_too_large")


def test_a_body_of_unknown_length_is_counted_while_it_comes(make_world: Any) -> None:
    local = make_world(max_body_bytes=1000).local()
    chunks = (b"x" * 100 for _ in range(100))
    response = local.post("/v1/assist", content=chunks, headers={"Content-Type": "application/json"})
    problem(response, 413, "body_too_large")


def test_an_unexpected_error_tells_nothing_of_itself(world: Any) -> None:
    world.pipeline.fails_with = ZeroDivisionError("customer 13812345678 said x")
    body = problem(world.local().post("/v1/assist", json=request()), 500, "internal_error")
    assert "13812345678" not in str(body)


def test_a_full_database_is_a_503_with_a_time_to_wait(world: Any) -> None:
    world.pipeline.fails_with = OperationalError("insert", {}, Exception("disk full"))
    response = world.local().post("/v1/assist", json=request())
    problem(response, 503, "storage_unavailable")
    assert response.headers["Retry-After"]


def test_addresses_and_methods_that_do_not_exist_are_problems_too(local: TestClient) -> None:
    problem(local.get("/v1/nowhere"), 404, "not_found")
    problem(local.get("/v1/assist"), 405, "method_not_allowed")
