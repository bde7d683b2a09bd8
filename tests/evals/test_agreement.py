from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.agreement import AgreementError, agreement


def marks(path: Path, *values: dict) -> Path:
    path.write_text("\n".join(json.dumps(value) for value in values), "utf-8")
    return path


def test_kappa_is_given_for_each_field_that_both_marked(tmp_path: Path) -> None:
    sure = {"id": "1", "kind": "resolve", "mark": {"severity": "low"}}
    kinds = {"a": ("escalate", "resolve", "escalate"), "b": ("escalate", "escalate", "resolve")}
    a, b = (
        marks(
            tmp_path / f"{name}.jsonl",
            sure,
            *({"id": str(i), "kind": k} for i, k in enumerate(found, start=2)),
        )
        for name, found in kinds.items()
    )
    found = agreement(a, b)
    fields = {field.name: field for field in found.fields}
    assert (fields["kind"].n, fields["kind"].agreed, fields["kind"].kappa) == (4, 2, 0.0)
    assert (fields["severity"].n, fields["severity"].kappa) == (1, 1.0)
    assert found.disagreements == ("3: kind: resolve / escalate", "4: kind: escalate / resolve")


def test_nothing_in_common_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AgreementError, match="no case in common"):
        agreement(marks(tmp_path / "a.jsonl", {"id": "1"}), marks(tmp_path / "b.jsonl", {"id": "2"}))
