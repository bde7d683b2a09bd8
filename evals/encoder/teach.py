"""Teach the encoder of turns what danger is: `python -m evals.encoder.teach`. Needs the extra `train`.

The upper half of its layers learns to set dangers apart from ordinary talk; what else was read with it stays
near where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

import knowledge
from evals.encoder.course import Text, Tree, changes, read_texts, teach
from evals.encoder.lessons import Lesson, dangers, searched
from evals.encoder.model_file import ModelFile, read_model
from knowledge.taught import TURNS, save_changes, shipped_model

EPOCHS = 1
KEEP = 0.5  # what it costs that a text moves as far as texts differ, beside one that is misread
LOUD = 10.0  # of a vector's distance from the middle, before the heads read it
_SMOOTH = 0.01  # no label is quite certain
_SEVERE, _KIND = 0.3, 0.2  # how much level and category count beside the alert


class Dangers:
    """The course: is it a danger, how serious, of which kind; and how far it moved."""

    rate = 2e-4

    def __init__(self, model: ModelFile, texts: Sequence[Text[Lesson]]) -> None:
        turns = [text for text in texts if text.lesson.weight > 0]
        before = np.stack([text.before for text in turns])
        self._width = model.sizes.width
        self._categories = sorted({text.lesson.category for text in texts if text.lesson.level})
        self._middle = before.mean(axis=0)
        self._spread = float(np.square(before - self._middle).sum(axis=1).mean())
        self._weight = float(np.mean([text.lesson.weight for text in turns]))

    @property
    def heads(self) -> Tree:
        """Return what reads alert, severity and category."""

        def head(outputs: int) -> Tree:
            return {"weight": jnp.zeros((self._width, outputs)), "bias": jnp.zeros(outputs)}

        return {"alert": head(1), "severe": head(1), "category": head(len(self._categories))}

    def arrays(self, texts: Sequence[Text[Lesson]], rows: int) -> Tree:
        """Return labels, weights and the vectors before teaching."""
        step = {
            "before": np.zeros((rows, self._width), np.float32),
            "level": np.zeros(rows, np.int32),
            "category": np.zeros(rows, np.int32),
            "weight": np.zeros(rows, np.float32),
            "stay": np.zeros(rows, np.float32),
        }
        for row, text in enumerate(texts):
            step["before"][row] = text.before
            step["level"][row], step["weight"][row] = text.lesson.level, text.lesson.weight
            step["category"][row] = self._categories.index(text.lesson.category) if text.lesson.level else 0
            step["stay"][row] = text.lesson.stay
        return step

    def loss(self, heads: Tree, vectors: jax.Array, step: Tree) -> jax.Array:
        """Return what is misread, and how far texts moved."""
        seen = (vectors - self._middle) * LOUD
        raised = (step["level"] > 0).astype(jnp.float32)
        alert = _binary(_read(heads["alert"], seen), raised * (1 - 2 * _SMOOTH) + _SMOOTH)
        severe = _binary(_read(heads["severe"], seen), (step["level"] == 2).astype(jnp.float32))
        kind = optax.softmax_cross_entropy_with_integer_labels(
            _read(heads["category"], seen), step["category"]
        )
        misread = (alert + raised * (_SEVERE * severe + _KIND * kind)) * step["weight"] / self._weight
        moved = jnp.square(vectors - step["before"]).sum(axis=1) / self._spread * step["stay"]
        total: jax.Array = (misread + KEEP * moved).sum() / len(vectors)
        return total


def _read(head: Tree, seen: jax.Array) -> jax.Array:
    scores: jax.Array = seen @ head["weight"] + head["bias"]
    return scores


def _binary(scores: jax.Array, labels: jax.Array) -> jax.Array:
    losses: jax.Array = optax.sigmoid_binary_cross_entropy(scores[:, 0], labels)
    return losses


def main() -> None:
    """Teach with everything and write the changes into the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path(knowledge.__file__).with_name(TURNS))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    path = shipped_model()
    model = read_model(path)
    texts = read_texts(model, (*dangers(), *searched()))
    print(f"{len(texts)} texts read")  # noqa: T201 - progress of a command
    upper = teach(model, texts, Dangers(model, texts), options.epochs)
    save_changes(options.out, path, changes(model, upper))


if __name__ == "__main__":
    main()
