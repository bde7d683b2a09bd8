"""Teach the embedded encoder: `python -m evals.encoder.teach`. Needs the extra `train`.

The upper half of its layers learns to set dangers apart from ordinary talk; what search reads stays where it
was. One encoder serves search and emergencies, so a turn is read once.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

import knowledge
from evals.encoder.layers import MATRICES, NUMBERS, Layer, layers_of, pooled, snapped, through, words
from evals.encoder.lessons import Lesson, dangers, searched
from evals.encoder.model_file import Floats, ModelFile, packed, read_model
from evals.encoder.tokens import Tokens
from knowledge.embedding import as_encoded
from knowledge.taught import TAUGHT, Change, save_changes, shipped_model

UPPER = 6  # layers that are taught; the others stay, and are run once
EPOCHS = 1
RATE = 2e-4  # of the matrices, whose numbers must move far to become others in 4 bits
FREE_RATE = 1e-3  # of the numbers that are kept in full
HEAD_RATE = 3e-3
KEEP = 0.5  # what it costs that a text moves as far as texts differ, beside one that is misread
LOUD = 10.0  # of a vector's distance from the middle, before the heads read it
STEP_TOKENS = 2048
LENGTHS = (16, 24, 32, 40, 48, 64, 96, 128)  # texts are filled up to one of them: each shape is compiled once
_SMOOTH = 0.01  # no label is quite certain
_SEVERE, _KIND = 0.3, 0.2  # how much level and category count beside the alert

Ids = npt.NDArray[np.int64]
Tree = Any  # nested arrays, as JAX takes them


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A lesson below the taught layers: its states, shape (tokens, width), and its vector before teaching."""

    lesson: Lesson
    states: npt.NDArray[np.float16]
    before: Floats


_through = jax.jit(through, static_argnames="sizes")


def read_texts(model: ModelFile, lessons: Sequence[Lesson]) -> tuple[Text, ...]:
    """Return the lessons, run through the layers that are not taught."""
    tokens, layers = Tokens(model.vocabulary), layers_of(model)
    ids = [_ids(tokens, lesson) for lesson in lessons]
    lengths = [len(own) for own in ids]
    found: dict[int, Text] = {}
    for batch in _batches(range(len(ids)), lengths):
        matrix, mask = _filled([ids[number] for number in batch])
        below = _through(layers[:-UPPER], jnp.asarray(words(model, matrix)), mask, model.sizes)
        above = _through(layers[-UPPER:], below, mask, model.sizes)
        vectors = np.asarray(pooled(above, jnp.asarray(mask)))
        states = np.asarray(below, np.float16)
        for row, number in enumerate(batch):
            found[number] = Text(lessons[number], states[row, : lengths[number]].copy(), vectors[row])
    return tuple(found[number] for number in range(len(ids)))


def _ids(tokens: Tokens, lesson: Lesson) -> Ids:
    return tokens.of(as_encoded(lesson.text, asks=lesson.asks), asks=lesson.asks, longest=LENGTHS[-1])


def _batches(numbers: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Return texts of like length together, as many as one step's tokens allow."""
    by_length: dict[int, list[int]] = {}
    for number in numbers:
        by_length.setdefault(_shape(lengths[number]), []).append(number)
    return [
        same[at : at + STEP_TOKENS // length]
        for length, same in by_length.items()
        for at in range(0, len(same), STEP_TOKENS // length)
    ]


def _shape(length: int) -> int:
    return next(shape for shape in LENGTHS if length <= shape)


def _filled(ids: Sequence[Ids]) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Return token numbers as a matrix of one of the usual shapes, and where it holds any."""
    length = _shape(max(map(len, ids)))
    matrix = np.zeros((STEP_TOKENS // length, length), np.int64)
    mask = np.zeros(matrix.shape, np.bool_)
    for row, own in enumerate(ids):
        matrix[row, : len(own)] = own
        mask[row, : len(own)] = True
    return matrix, _never_empty(mask)


def _never_empty(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    mask[~mask.any(axis=1), 0] = True  # an empty row has no mean
    return mask


def _step(texts: Sequence[Text], categories: Sequence[str]) -> Tree:
    """Return one step's texts as arrays."""
    length = _shape(max(len(text.states) for text in texts))
    count, width = STEP_TOKENS // length, len(texts[0].before)
    mask = np.zeros((count, length), np.bool_)
    step = {
        "states": np.zeros((count, length, width), np.float32),
        "before": np.zeros((count, width), np.float32),
        "level": np.zeros(count, np.int32),
        "category": np.zeros(count, np.int32),
        "weight": np.zeros(count, np.float32),
        "stay": np.zeros(count, np.float32),
    }
    for row, text in enumerate(texts):
        step["states"][row, : len(text.states)] = text.states
        mask[row, : len(text.states)] = True
        step["before"][row] = text.before
        step["level"][row], step["weight"][row] = text.lesson.level, text.lesson.weight
        step["category"][row] = categories.index(text.lesson.category) if text.lesson.level else 0
        step["stay"][row] = text.lesson.stay
    return {**step, "mask": _never_empty(mask)}


class Course:
    """The loss of a set of lessons: is it a danger, how serious, of which kind; and how far it moved."""

    def __init__(self, model: ModelFile, texts: Sequence[Text]) -> None:
        turns = [text for text in texts if text.lesson.weight > 0]
        before = np.stack([text.before for text in turns])
        self._sizes = model.sizes
        self._middle = before.mean(axis=0)
        self._spread = float(np.square(before - self._middle).sum(axis=1).mean())
        self._weight = float(np.mean([text.lesson.weight for text in turns]))

    def loss(self, weights: Tree, step: Tree) -> jax.Array:
        """Return the mean loss of a step's texts."""
        upper, heads = [snapped(layer) for layer in weights["upper"]], weights["heads"]
        vectors = pooled(through(upper, step["states"], step["mask"], self._sizes), step["mask"])
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


def _first_weights(model: ModelFile, categories: int) -> Tree:
    def head(outputs: int) -> Tree:
        return {"weight": jnp.zeros((model.sizes.width, outputs)), "bias": jnp.zeros(outputs)}

    heads = {"alert": head(1), "severe": head(1), "category": head(categories)}
    return {"upper": [dict(layer) for layer in layers_of(model)[-UPPER:]], "heads": heads}


def _optimiser(weights: Tree, steps: int) -> optax.GradientTransformation:
    def rate(highest: float) -> optax.Schedule:
        return optax.warmup_cosine_decay_schedule(0, highest, steps // 20, steps, highest / 20)

    kinds = {
        "upper": [{n: "matrix" if n in MATRICES else "free" for n in layer} for layer in weights["upper"]],
        "heads": jax.tree.map(lambda _: "head", weights["heads"]),
    }
    ways = {
        "matrix": optax.adamw(rate(RATE), weight_decay=0.01),
        "free": optax.adamw(rate(FREE_RATE), weight_decay=0.0),
        "head": optax.adam(HEAD_RATE),
    }
    return optax.chain(optax.clip_by_global_norm(1.0), optax.multi_transform(ways, kinds))


def _stepper(optimiser: optax.GradientTransformation, loss: Callable[..., jax.Array]) -> Callable[..., Tree]:
    def step(weights: Tree, state: Tree, texts: Tree) -> Tree:
        value, slope = jax.value_and_grad(loss)(weights, texts)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, value

    compiled: Callable[..., Tree] = jax.jit(step)
    return compiled


def _epochs(texts: Sequence[Text], epochs: int) -> Iterator[list[list[int]]]:
    """Yield the steps of each epoch: another order, other companions."""
    chance = random.Random(0)  # noqa: S311 - a reproducible order, no secret
    lengths = [len(text.states) for text in texts]
    for _ in range(epochs):
        order = list(range(len(texts)))
        chance.shuffle(order)
        steps = _batches(order, lengths)
        chance.shuffle(steps)
        yield steps


def teach(
    model: ModelFile, texts: Sequence[Text], epochs: int = EPOCHS, say: Callable[[str], None] = print
) -> Tree:
    """Return the taught upper layers. The same lessons give the same layers on the same machine."""
    categories = sorted({text.lesson.category for text in texts if text.lesson.level})
    weights = _first_weights(model, len(categories))
    todo = list(_epochs(texts, epochs))
    optimiser = _optimiser(weights, sum(map(len, todo)))
    step, state = _stepper(optimiser, Course(model, texts).loss), optimiser.init(weights)
    for epoch, steps in enumerate(todo, start=1):
        lost = 0.0
        for number, batch in enumerate(steps, start=1):
            weights, state, value = step(weights, state, _step([texts[n] for n in batch], categories))
            lost += float(value)
            if number % 20 == 0 or number == len(steps):
                say(f"epoch {epoch} of {epochs}, step {number} of {len(steps)}: {lost / number:.3f}")
    return weights["upper"]


def changes(model: ModelFile, upper: Sequence[Layer]) -> tuple[Change, ...]:
    """Return what the taught layers change in the model file."""
    first = model.sizes.layers - len(upper)
    found = []
    for number, layer in enumerate(upper, start=first):
        for name in (*MATRICES, *NUMBERS):
            values = np.asarray(layer[name], np.float32)
            content = packed(values) if name in MATRICES else values.astype("<f4").tobytes()
            found.append(Change(model.places[f"l{number}.{name}"].offset, content))
    return tuple(found)


def main() -> None:
    """Teach with everything and write the changes into the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path(knowledge.__file__).with_name(TAUGHT))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    path = shipped_model()
    model = read_model(path)
    texts = read_texts(model, (*dangers(), *searched()))
    print(f"{len(texts)} texts read")  # noqa: T201 - progress of a command
    save_changes(options.out, path, changes(model, teach(model, texts, options.epochs)))


if __name__ == "__main__":
    main()
