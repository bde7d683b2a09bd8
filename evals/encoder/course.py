"""Teaching the encoder's upper layers: what every course shares, whatever it teaches.

The layers below are run once. The numbers of the taught ones are rounded as the file will keep them in every
step, so that nothing is lost when they are written.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from evals.encoder.layers import MATRICES, NUMBERS, Layer, layers_of, pooled, snapped, through, words
from evals.encoder.model_file import Floats, ModelFile, packed
from evals.encoder.tokens import Tokens
from knowledge.embedding import as_encoded
from knowledge.taught import Change

UPPER = 6  # layers that are taught; the others stay, and are run once
FREE_RATE = 1e-3  # of the numbers that are kept in full
HEAD_RATE = 3e-3
STEP_TOKENS = 2048
LENGTHS = (16, 24, 32, 40, 48, 64, 96, 128)  # texts are filled up to one of them: each shape is compiled once

Ids = npt.NDArray[np.int64]
Tree = Any  # nested arrays, as JAX takes them


class Readable(Protocol):
    """A text, and whether it asks."""

    @property
    def text(self) -> str:
        """Return what is read."""

    @property
    def asks(self) -> bool:
        """Return whether it is read as what asks, or as what may answer."""


L = TypeVar("L", bound=Readable)


@dataclass(frozen=True, slots=True, eq=False)
class Text(Generic[L]):
    """A lesson below the taught layers: its states, shape (tokens, width), and its vector before teaching."""

    lesson: L
    states: npt.NDArray[np.float16]
    before: Floats


class Course(Protocol[L]):
    """What is taught: `heads` read the vectors, `arrays` are the lessons of a step, `loss` what they miss.

    `rate`: how fast the matrices learn, whose numbers must move far to become others in 4 bits.
    """

    rate: float

    @property
    def heads(self) -> Tree:
        """Return the weights beside the layers, before teaching."""

    def arrays(self, texts: Sequence[Text[L]], rows: int) -> Tree:
        """Return the lessons of a step as arrays of so many rows; rows beyond the texts count nothing."""

    def loss(self, heads: Tree, vectors: jax.Array, step: Tree) -> jax.Array:
        """Return the mean loss of a step whose texts have these unit vectors."""


_through = jax.jit(through, static_argnames="sizes")


def read_texts(model: ModelFile, lessons: Sequence[L]) -> tuple[Text[L], ...]:
    """Return the lessons, run through the layers that are not taught."""
    tokens, layers = Tokens(model.vocabulary), layers_of(model)
    ids = [_ids(tokens, lesson) for lesson in lessons]
    lengths = [len(own) for own in ids]
    found: dict[int, Text[L]] = {}
    for batch in _batches(range(len(ids)), lengths):
        matrix, mask = _filled([ids[number] for number in batch])
        below = _through(layers[:-UPPER], jnp.asarray(words(model, matrix)), mask, model.sizes)
        above = _through(layers[-UPPER:], below, mask, model.sizes)
        vectors = np.asarray(pooled(above, jnp.asarray(mask)))
        states = np.asarray(below, np.float16)
        for row, number in enumerate(batch):
            found[number] = Text(lessons[number], states[row, : lengths[number]].copy(), vectors[row])
    return tuple(found[number] for number in range(len(ids)))


def _ids(tokens: Tokens, lesson: Readable) -> Ids:
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


def _optimiser(weights: Tree, steps: int, highest: float) -> optax.GradientTransformation:
    def rate(top: float) -> optax.Schedule:
        return optax.warmup_cosine_decay_schedule(0, top, steps // 20, steps, top / 20)

    kinds = {
        "upper": [{n: "matrix" if n in MATRICES else "free" for n in layer} for layer in weights["upper"]],
        "heads": jax.tree.map(lambda _: "head", weights["heads"]),
    }
    ways = {
        "matrix": optax.adamw(rate(highest), weight_decay=0.01),
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


def _epochs(texts: Sequence[Text[L]], epochs: int) -> Iterator[list[list[int]]]:
    """Yield the steps of each epoch: another order, other companions."""
    chance = random.Random(0)  # noqa: S311 - a reproducible order, no secret
    lengths = [len(text.states) for text in texts]
    for _ in range(epochs):
        order = list(range(len(texts)))
        chance.shuffle(order)
        steps = _batches(order, lengths)
        chance.shuffle(steps)
        yield steps


def _filled_states(texts: Sequence[Text[L]]) -> Tree:
    """Return one step's states, shape (rows, tokens, width), and where they are any."""
    length = _shape(max(len(text.states) for text in texts))
    rows = STEP_TOKENS // length
    states = np.zeros((rows, length, texts[0].states.shape[1]), np.float32)
    mask = np.zeros((rows, length), np.bool_)
    for row, text in enumerate(texts):
        states[row, : len(text.states)] = text.states
        mask[row, : len(text.states)] = True
    return {"states": states, "mask": _never_empty(mask)}


def teach(
    model: ModelFile,
    texts: Sequence[Text[L]],
    course: Course[L],
    epochs: int,
    say: Callable[[str], None] = print,
) -> Tree:
    """Return the taught upper layers. The same lessons give the same layers on the same machine."""

    def loss(weights: Tree, step: Tree) -> jax.Array:
        upper = [snapped(layer) for layer in weights["upper"]]
        vectors = pooled(through(upper, step["states"], step["mask"], model.sizes), step["mask"])
        return course.loss(weights["heads"], vectors, step)

    weights = {"upper": [dict(layer) for layer in layers_of(model)[-UPPER:]], "heads": course.heads}
    todo = list(_epochs(texts, epochs))
    optimiser = _optimiser(weights, sum(map(len, todo)), course.rate)
    step, state = _stepper(optimiser, loss), optimiser.init(weights)
    for epoch, steps in enumerate(todo, start=1):
        lost = 0.0
        for number, batch in enumerate(steps, start=1):
            own = [texts[n] for n in batch]
            filled = _filled_states(own)
            weights, state, value = step(weights, state, filled | course.arrays(own, len(filled["mask"])))
            lost += float(value)
            if number % 20 == 0 or number == len(steps):
                say(f"epoch {epoch} of {epochs}, step {number} of {len(steps)}: {lost / number:.3f}")
    return weights["upper"]


def vectors_of(model: ModelFile, upper: Sequence[Layer], texts: Sequence[Text[L]]) -> Floats:
    """Return the unit vectors of the texts by the taught layers, shape (texts, width)."""
    kept = [snapped(layer) for layer in upper]
    found = np.zeros((len(texts), model.sizes.width), np.float32)
    for batch in _batches(range(len(texts)), [len(text.states) for text in texts]):
        filled = _filled_states([texts[n] for n in batch])
        above = _through(kept, jnp.asarray(filled["states"]), jnp.asarray(filled["mask"]), model.sizes)
        found[batch] = np.asarray(pooled(above, jnp.asarray(filled["mask"])))[: len(batch)]
    return found


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
