"""Asks a model how much harm an answer does; what it reads is masked and fenced."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from copilot.models.chat import ChatRequest, Message, ModelError, Patience
from copilot.models.ledger import MemoryLedger
from copilot.models.speaker import Ceilings, Speaker
from copilot.privacy.masking import mask
from evals.cases import ConversationCase, RecordedCase
from evals.judging.opinion import SEVERITIES, Opinion, read_opinion
from evals.judging.settings import JudgeSettings
from evals.scorers.mark import Seen
from evals.scorers.reading import cited_ids, suggestions_of, talk_of
from evals.shown import shown_answer
from evals.tape import Tape
from evals.taped_model import TapedModel
from prompts.library import Prompt, read

PROMPT = "evaluation_judge"
_MOST_TOKENS = 200
_ARTICLE_CHARACTERS = 2_000
_SCHEMA = {
    "type": "object",
    "properties": {"severity": {"type": "string", "enum": list(SEVERITIES)}, "why": {"type": "string"}},
    "required": ["severity", "why"],
    "additionalProperties": False,
}


class Judge(Protocol):
    """Gives a second opinion on an answer."""

    @property
    def name(self) -> str:
        """Which model with which prompt."""
        ...

    def opinion(self, seen: Seen) -> Opinion | None:
        """Return what it thinks of the first thing shown; None where there is nothing to judge."""
        ...


def prompt() -> Prompt:
    """Return the judge's prompt file."""
    return read(PROMPT, (files(__package__) / "prompt.md").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Material:
    """What the judge reads, masked under one numbering."""

    conversation: str
    answer: str
    sources: str

    def values(self) -> Mapping[str, str]:
        """Return the prompt's values; the fence is one that the material cannot contain by chance."""
        parts = {"conversation": self.conversation, "answer": self.answer, "sources": self.sources}
        fence = hashlib.sha256("\x1f".join(parts.values()).encode()).hexdigest()[:12]
        return {**parts, "fence": fence}


def material_of(seen: Seen) -> Material | None:
    """Return what there is to judge; None without a suggestion or abstention in a service conversation."""
    case, answer = talk_of(seen), shown_answer(seen.observation)
    if case is None or answer is None:
        return None
    said = [f"{turn.role}: {turn.text}" for turn in case.turns]
    sources = list(_sources(seen))
    masked = mask([*said, answer, *sources]).texts
    turns, rest = masked[: len(said)], masked[len(said) :]
    return Material("\n".join(turns), rest[0], "\n\n".join(rest[1:]) or "-")


def _sources(seen: Seen) -> Iterator[str]:
    """The articles that the first suggestion cites, and those that a human named as right."""
    if seen.own is None:
        return
    cited = cited_ids(suggestions_of(seen)[0]) if suggestions_of(seen) else ()
    named = seen.case.relevant if isinstance(seen.case, ConversationCase) else ()
    for article_id in dict.fromkeys((*named, *cited)):
        article = seen.own.articles.get(article_id)
        if article is not None:
            yield f"{article.title}\n{article.body[:_ARTICLE_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A judge that is a model."""

    speaker: Speaker

    @property
    def name(self) -> str:
        """Model and prompt version."""
        return f"{self.speaker.model.name} · {prompt().label}"

    def opinion(self, seen: Seen) -> Opinion | None:
        """Return the model's opinion; a call that fails is an opinion with a fault."""
        material, case = material_of(seen), seen.case
        if material is None or not isinstance(case, ConversationCase | RecordedCase):
            return None
        rendered = prompt().render(material.values())
        messages = (Message("system", rendered.system), Message("user", rendered.user))
        request = ChatRequest("judge", case.client, rendered.label, messages, _MOST_TOKENS, _SCHEMA)
        talk = self.speaker.ask(request)
        try:
            said = "".join(talk)
        except ModelError as error:
            return Opinion(None, fault=error.fault)
        usage = talk.usage
        return replace(read_opinion(said), tokens_in=usage.tokens_in, tokens_out=usage.tokens_out)


def opinions(judge: Judge, seen: Iterable[tuple[str, Seen]]) -> Mapping[str, Opinion]:
    """Return the opinions by key, where there is something to judge."""
    found = ((key, judge.opinion(item)) for key, item in seen)
    return {key: opinion for key, opinion in found if opinion is not None}


@contextmanager
def connected_judge(
    settings: JudgeSettings, work_dir: Path, *, replay: bool = False
) -> Iterator[Judge | None]:
    """Give the judge that the settings name, None where they name none; opinions stay on a tape."""
    from copilot.models.loop import IoLoop  # noqa: PLC0415 - nothing of a model is imported without one
    from copilot.models.openai_compatible import OpenAICompatible  # noqa: PLC0415

    endpoint = settings.endpoint()
    if endpoint is None:
        yield None
        return
    loop = IoLoop()
    tape = Tape(settings.tape or work_dir / "judge.jsonl", replay_only=replay)
    model = TapedModel(OpenAICompatible(endpoint, loop), tape, f"temperature={settings.temperature}")
    patience = Patience(settings.deadline_seconds, settings.deadline_seconds)
    ceilings = Ceilings(settings.max_input_tokens, _MOST_TOKENS)
    try:
        yield ModelJudge(Speaker(model, MemoryLedger(), ceilings, patience))
    finally:
        loop.close()
