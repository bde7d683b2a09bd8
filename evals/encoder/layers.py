"""The encoder's layers in JAX, as the engine runs them, so that they can be taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from evals.encoder.model_file import BLOCK, ZERO, Floats, ModelFile, Sizes

Layer = Mapping[str, jax.Array]
Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MATRICES = ("q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w")
NUMBERS = ("q.b", "k.b", "v.b", "ao.b", "aln.w", "aln.b", "fi.b", "fo.b", "oln.w", "oln.b")
_FAR = -1e9  # no attention


def layers_of(model: ModelFile) -> list[Layer]:
    """Return the weights of all layers, from the words upwards."""
    sizes = model.sizes
    return [
        {name: jnp.asarray(model.matrix(f"l{n}.{name}", _columns(name, sizes))) for name in MATRICES}
        | {name: jnp.asarray(model.numbers(f"l{n}.{name}")) for name in NUMBERS}
        for n in range(sizes.layers)
    ]


def _columns(name: str, sizes: Sizes) -> int:
    return sizes.inner if name == "fo.w" else sizes.width


def words(model: ModelFile, ids: Ids) -> Floats:
    """Return what enters the first layer, shape (texts, tokens, width)."""
    width, length = model.sizes.width, ids.shape[1]
    found = model.rows("emb.word", width, ids)
    found = found + model.numbers("emb.pos").reshape(-1, width)[:length] + model.numbers("emb.type")[:width]
    centred = found - found.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt(centred.var(axis=-1, keepdims=True) + model.sizes.epsilon)
    return np.asarray(scaled * model.numbers("emb.ln.w") + model.numbers("emb.ln.b"), np.float32)


def through(layers: Sequence[Layer], states: jax.Array, mask: jax.Array, sizes: Sizes) -> jax.Array:
    """Return the states, shape (texts, tokens, width), after `layers`."""
    for layer in layers:
        states = _layer(layer, states, mask, sizes)
    return states


def pooled(states: jax.Array, mask: jax.Array) -> jax.Array:
    """Return the unit vectors of the texts: the mean of their tokens' states."""
    total = (states * mask[:, :, None]).sum(axis=1)
    unit: jax.Array = total / jnp.linalg.norm(total, axis=-1, keepdims=True)
    return unit


def snapped(layer: Layer) -> Layer:
    """Return a layer as the file will keep it, in 4 bits; slopes pass through to the numbers behind it.

    Without this a small change of a number is lost when it is written: it rounds back to where it was.
    """
    return {name: _snapped(values) if name in MATRICES else values for name, values in layer.items()}


def _snapped(matrix: jax.Array) -> jax.Array:
    rows = matrix.reshape(-1, BLOCK)
    farthest = jnp.take_along_axis(rows, jnp.abs(rows).argmax(axis=1)[:, None], axis=1)
    scale = (farthest / -ZERO).astype(jnp.float16).astype(jnp.float32)
    inverse = jnp.where(scale != 0, 1 / jnp.where(scale == 0, 1, scale), 0)
    kept = (jnp.clip(jnp.floor(rows * inverse + ZERO + 0.5), 0, 2 * ZERO - 1) - ZERO) * scale
    return matrix + jax.lax.stop_gradient(kept.reshape(matrix.shape) - matrix)


def _layer(layer: Layer, states: jax.Array, mask: jax.Array, sizes: Sizes) -> jax.Array:
    attended = _attention(layer, states, mask, sizes.heads) @ layer["ao.w"].T + layer["ao.b"]
    states = _normal(states + attended, layer["aln.w"], layer["aln.b"], sizes.epsilon)
    inner = jax.nn.gelu(states @ layer["fi.w"].T + layer["fi.b"], approximate=False)
    return _normal(
        states + inner @ layer["fo.w"].T + layer["fo.b"], layer["oln.w"], layer["oln.b"], sizes.epsilon
    )


def _attention(layer: Layer, states: jax.Array, mask: jax.Array, heads: int) -> jax.Array:
    texts, tokens, width = states.shape

    def part(name: str) -> jax.Array:
        whole = states @ layer[f"{name}.w"].T + layer[f"{name}.b"]
        return whole.reshape(texts, tokens, heads, width // heads).transpose(0, 2, 1, 3)

    query, key, value = part("q"), part("k"), part("v")
    likeness = query @ key.transpose(0, 1, 3, 2) / np.sqrt(width // heads)
    shares = jax.nn.softmax(likeness + jnp.where(mask[:, None, None, :], 0.0, _FAR), axis=-1)
    return (shares @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, width)


def _normal(states: jax.Array, weight: jax.Array, bias: jax.Array, epsilon: float) -> jax.Array:
    mean = states.mean(axis=-1, keepdims=True)
    spread = jnp.square(states - mean).mean(axis=-1, keepdims=True)
    return (states - mean) * jax.lax.rsqrt(spread + epsilon) * weight + bias
