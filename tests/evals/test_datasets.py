from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cases import ConversationCase, EmergencyCase, RecordedCase, RetrievalCase
from evals.datasets import DataSetError, read_collection

TURNS = [{"role": "customer", "text": "退款呢"}]
TALK = {"id": "c1", "client": "lulu", "turns": TURNS, "kind": "resolve", "must_include": [["4元"], "原路"]}


def write(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines), "utf-8"
    )
    return path


def test_the_kind_is_told_by_the_file_name(tmp_path: Path) -> None:
    write(tmp_path / "conversations_lulu.jsonl", TALK)
    write(tmp_path / "emergency_x.jsonl", {"id": "e", "turns": TURNS, "level": "none"})
    kinds = [type(case) for case in read_collection([tmp_path]).cases]
    assert kinds == [ConversationCase, EmergencyCase]


def test_the_kind_is_told_by_a_manifest(tmp_path: Path) -> None:
    write(tmp_path / "dataset.yaml", "files: {anything.jsonl: emergency}\n")
    write(tmp_path / "anything.jsonl", {"id": "e", "turns": TURNS, "level": "urgent", "category": None})
    assert [case.id for case in read_collection([tmp_path]).cases] == ["e"]


def test_an_unknown_name_is_a_problem_and_not_the_end(tmp_path: Path) -> None:
    write(tmp_path / "silver.jsonl", {"id": "1"})
    found = read_collection([tmp_path])
    assert found.cases == ()
    assert "kind unknown" in str(found.problems[0])


def test_a_broken_line_is_reported_with_path_and_line_and_the_others_count(tmp_path: Path) -> None:
    path = write(
        tmp_path / "conversations.jsonl", TALK, "{broken\n", {**TALK, "id": "c2", "kind": "nonsense"}, "\n"
    )
    found = read_collection([tmp_path])
    assert [case.id for case in found.cases] == ["c1"]
    assert [(p.path, p.line) for p in found.problems] == [(str(path), 2), (str(path), 3)]
    assert "kind" in found.problems[1].cause


def test_a_repeated_id_is_reported_and_counted_once(tmp_path: Path) -> None:
    write(tmp_path / "conversations.jsonl", TALK, TALK)
    found = read_collection([tmp_path])
    assert len(found.cases) == 1
    assert "occurs twice" in found.problems[0].cause


def test_an_escalation_joins_the_conversation_of_its_id(tmp_path: Path) -> None:
    write(tmp_path / "conversations.jsonl", TALK)
    write(
        tmp_path / "escalations.jsonl",
        {"id": "c1", "facts": [{"slot": "amount", "alternatives": ["4"]}], "absent": [], "ask": ["退", "还"]},
        {"id": "nobody", "facts": [], "ask": [["退"], ["回电"]]},
    )
    found = read_collection([tmp_path])
    case = found.cases[0]
    assert isinstance(case, ConversationCase)
    assert case.escalation is not None
    assert case.escalation.ask == (("退", "还"),)
    assert [p.line for p in found.problems] == [2]


def test_a_single_conversations_file_brings_its_escalations(tmp_path: Path) -> None:
    write(tmp_path / "conversations_a.jsonl", TALK)
    write(tmp_path / "escalations_a.jsonl", {"id": "c1", "facts": [], "ask": []})
    case = read_collection([tmp_path / "conversations_a.jsonl"]).cases[0]
    assert isinstance(case, ConversationCase)
    assert case.escalation is not None


def test_a_bare_alternative_is_a_group_of_one(tmp_path: Path) -> None:
    case = read_collection([write(tmp_path / "conversations.jsonl", TALK)]).cases[0]
    assert isinstance(case, ConversationCase)
    assert case.must_include == (("4元",), ("原路",))


def test_queries_know_their_documents(tmp_path: Path) -> None:
    write(tmp_path / "faq_kb.jsonl", {"doc_id": "d", "title": "t", "text": "x", "lang": "en"})
    write(tmp_path / "faq_queries.jsonl", {"id": "q", "turns": TURNS, "relevant": ["d"], "lang": "en"})
    case = read_collection([tmp_path]).cases[0]
    assert isinstance(case, RetrievalCase)
    assert case.base.endswith("/faq_kb")


def test_client_folders_hold_no_cases(tmp_path: Path) -> None:
    write(tmp_path / "clients" / "lulu" / "cases.csv", "id\n")
    write(tmp_path / "conversations.jsonl", TALK)
    found = read_collection([tmp_path])
    assert found.problems == ()
    assert found.sets[0].clients == tmp_path / "clients"


def test_a_missing_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="no such file"):
        read_collection([tmp_path / "nothing"])


def test_a_csv_export_becomes_conversations(tmp_path: Path) -> None:
    write(tmp_path / "dataset.yaml", "client: lulu\n")
    write(
        tmp_path / "recorded_march.csv",
        "conversation_id,role,text,at\n7,客户,退款呢,2026-03-02T21:13:20+08:00\n7,客服,您好,\n8,nobody,x,\n",
    )
    found = read_collection([tmp_path])
    case = found.cases[0]
    assert isinstance(case, RecordedCase)
    assert [(turn.role, turn.text) for turn in case.turns] == [("customer", "退款呢"), ("agent", "您好")]
    assert found.problems[0].line == 4
    assert "role" in found.problems[0].cause


def test_a_chatwoot_export_leaves_private_notes_out(tmp_path: Path) -> None:
    write(tmp_path / "dataset.yaml", "inboxes: {Web: lulu}\n")
    messages = [
        {"content": "退款呢", "message_type": 0, "created_at": 1772457200, "private": False},
        {"content": "内部备注", "message_type": 1, "created_at": 1772457210, "private": True},
        {"content": "您好", "message_type": "outgoing", "created_at": "2026-03-02T21:14:00+08:00"},
    ]
    export = {"data": {"payload": [{"id": 3, "inbox": {"name": "Web"}, "messages": messages},
                                   {"id": 4, "inbox": {"name": "Else"}, "messages": messages}]}}  # fmt: skip
    write(tmp_path / "chatwoot_export.json", export)
    found = read_collection([tmp_path])
    assert [case.id for case in found.cases] == ["3"]
    case = found.cases[0]
    assert isinstance(case, RecordedCase)
    assert [turn.text for turn in case.turns] == ["退款呢", "您好"]
    assert "Else" in found.problems[0].cause


def test_answer_keys_beside_a_set_are_never_read_as_cases(tmp_path: Path) -> None:
    line = {"id": "1", "client": "c", "kind": "resolve", "turns": [{"role": "customer", "text": "?"}]}
    (tmp_path / "conversations_c.jsonl").write_text(json.dumps(line), "utf-8")
    (tmp_path / "gold_c.jsonl").write_text('{"id": "1", "reply": "the right answer"}\n{broken', "utf-8")
    read = read_collection([tmp_path])
    assert [case.id for case in read.cases] == ["1"]
    assert read.problems == ()


def test_held_out_files_are_read_only_where_they_are_named(tmp_path: Path) -> None:
    line = {"id": "1", "turns": [{"role": "customer", "text": "?"}], "level": "none"}
    for folder in ("dev", "test_later"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "emergency.jsonl").write_text(json.dumps(line), "utf-8")
    (tmp_path / "dev" / "emergency_blind.jsonl").write_text(json.dumps(line), "utf-8")
    (tmp_path / "dataset.yaml").write_text('held_out: ["test_*/*"]', "utf-8")
    (tmp_path / "dev" / "dataset.yaml").write_text('held_out: ["*_blind*"]', "utf-8")

    def names(*paths: str) -> list[str]:
        return [s.name for s in read_collection([tmp_path / p for p in paths]).sets]

    assert names("") == ["dev/emergency"]
    assert names("dev") == ["dev/emergency"]
    assert names("test_later") == ["test_later/emergency"]
    assert names("dev/emergency_blind.jsonl") == ["dev/emergency_blind"]
