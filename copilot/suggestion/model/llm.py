"""The same advice in a model's words: what is done is decided before, what is said is verified after.

The composition is the evidence and the fallback. The model never chooses an article, an act, an amount, a
recipient; it words conclusions, sentence by sentence, and each sentence must hold before anybody sees it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from copilot.answer import ModelUse, Suggestion
from copilot.models.chat import Cancellation, ChatRequest, Message, ModelError
from copilot.models.speaker import Speaker, Talk
from copilot.models.tokens import count_messages
from copilot.models.uses import use_of
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.model.judging import judge
from copilot.suggestion.model.material import Material, Room, Shown, gather_material, sentences_of, show
from copilot.suggestion.model.parsing import Said, SentenceReader
from copilot.suggestion.model.sentence_checks import Cut, Grounds, Kept, Similarity, check, grounds_of
from copilot.suggestion.model.weaving import weave
from copilot.suggestion.verification import verify
from knowledge.model import ArticleHit
from prompts import load

_SCRIPTS = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文（台灣用語）", "en": "English"}
_PLAIN_TONE = {"zh": "直接、平实", "en": "direct and plain"}
_MAX_TOKENS = 600
# Ids of evidence that a model wrote into its sentences.
_MARK = re.compile(
    r"(?:^|(?<=[\s。；;，,：:]))D\d{1,2}(?:\s+|[:：、.]\s*)|[\[［【(（](?:[DPT]\d{1,2}[、,， ]*)+[\]］】)）]"
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "skip": {"type": "array", "items": {"type": "string"}},
        "reply": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "cites": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["text", "cites"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["skip", "reply"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller wants beside the words: who hears each verified sentence, and who may end it."""

    instruction: str | None = None
    on_sentence: Callable[[str], None] | None = None
    cancel: Cancellation | None = None


@dataclass(frozen=True, slots=True)
class Writers:
    """Who words, who judges (or nobody), and how near two texts are in meaning."""

    speaker: Speaker
    judge: Speaker | None = None
    similarity: Similarity | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """The suggestion as it is shown; `by_model` when words of the model are in it."""

    suggestion: Suggestion
    by_model: bool
    uses: tuple[ModelUse, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One call, and what is in it."""

    material: Material
    shown: Shown
    request: ChatRequest


def word(
    suggestion: Suggestion, hits: Sequence[ArticleHit], case: Frame, writers: Writers, wish: Wish
) -> Worded:
    """Return `suggestion` in the model's verified words; as it is where the model gives none that hold."""
    prepared = _prepared(suggestion, hits, case, writers, wish)
    request, shown = prepared.request, prepared.shown
    grounds = grounds_of(case, suggestion, prepared.material, writers.similarity)
    talk = writers.speaker.ask(request, wish.cancel)
    hear = _Hearing(grounds, shown, None if writers.judge else wish.on_sentence)
    try:
        hear.listen(talk)
    except ModelError as error:
        used = use_of(request, talk.usage, hear.cut)
        return Worded(suggestion, by_model=False, uses=(used,), degraded=(f"model:{error.fault}",))
    judged = _judged(hear, grounds, writers, wish)
    uses = (use_of(request, talk.usage, hear.cut), *judged.uses)
    return _assembled(replace(judged, uses=uses), hear.reader.skipped(), grounds)


def _prepared(
    suggestion: Suggestion, hits: Sequence[ArticleHit], case: Frame, writers: Writers, wish: Wish
) -> _Prepared:
    """The prompt with as much of the case as the ceiling of one call allows."""
    room = Room()
    while True:
        material = gather_material(suggestion, hits, case, wish.instruction, room)
        shown = show(material, case.language)
        request = _request(shown, case)
        if room.is_empty or count_messages(request.messages) <= writers.speaker.ceilings.tokens_in:
            return _Prepared(material, shown, request)
        room = room.less()


def _request(shown: Shown, case: Frame) -> ChatRequest:
    settings = case.knowledge.settings
    key = "en" if case.language == "en" else "zh"
    rendered = load(f"suggestion.{key}").render(
        {
            "company": settings.name,
            "tone": settings.tone or _PLAIN_TONE[key],
            "script": _SCRIPTS[case.language],
            "fence": shown.fence,
            "conclusions": shown.conclusions,
            "passages": shown.passages,
            "facts": shown.facts,
            "turns": shown.turns,
            "wish": shown.wish,
        }
    )
    messages = (Message("system", rendered.system), Message("user", rendered.user))
    return ChatRequest("suggestion", settings.id, rendered.label, messages, _MAX_TOKENS, SCHEMA)


class _Hearing:
    """Checks each sentence as it completes, and passes on those that hold."""

    def __init__(self, grounds: Grounds, shown: Shown, tell: Callable[[str], None] | None) -> None:
        self._grounds, self._shown, self._tell = grounds, shown, tell
        self.reader = SentenceReader()
        self.kept: list[Kept] = []
        self.cut: Counter[str] = Counter()

    def listen(self, talk: Talk) -> None:
        """Read the whole answer. Raise ModelError, also where it holds no sentence at all."""
        for piece in talk:
            for said in self.reader.feed(piece):
                self._weigh(said)
        for said in self.reader.finish():
            self._weigh(said)
        if not self.kept and not self.cut:
            raise ModelError("malformed")

    def _weigh(self, said: Said) -> None:
        """Models put several sentences into one: each is weighed alone."""
        text = _MARK.sub("\n", self._shown.masked.restore(said.text))
        for sentence in sentences_of(text, self._grounds.case.language):
            self._take(check(Said(sentence, said.cites), self._grounds))

    def _take(self, outcome: Kept | Cut) -> None:
        match outcome:
            case Kept():
                self.kept.append(outcome)
                if self._tell is not None:
                    self._tell(outcome.text)
            case Cut(reason):
                self.cut[reason] += 1
            case _:
                assert_never(outcome)


@dataclass(frozen=True, slots=True)
class _Judged:
    kept: tuple[Kept, ...]
    cut: Counter[str]
    uses: tuple[ModelUse, ...]
    degraded: tuple[str, ...]


def _judged(hear: _Hearing, grounds: Grounds, writers: Writers, wish: Wish) -> _Judged:
    """The sentences that a judge, where there is one, leaves standing."""
    kept = tuple(hear.kept)
    if writers.judge is None or not kept:
        return _Judged(kept, hear.cut, (), ())
    try:
        opinion = judge(kept, grounds, writers.judge, wish.cancel)
    except ModelError as error:
        return _Judged(kept, hear.cut, (), (f"judge:{error.fault}",))
    left = tuple(k for n, k in enumerate(kept) if n not in opinion.unsupported)
    hear.cut["unfaithful"] += len(kept) - len(left)
    if wish.on_sentence is not None:
        for sentence in left:
            wish.on_sentence(sentence.text)
    return _Judged(left, hear.cut, (opinion.use,), ())


def _assembled(judged: _Judged, skipped: Sequence[str], grounds: Grounds) -> Worded:
    suggestion, case = grounds.suggestion, grounds.case
    degraded = (*judged.degraded, *(f"model:cut:{reason}" for reason in sorted(+judged.cut)))
    woven = weave(judged.kept, skipped, grounds.material, suggestion, case.language)
    if not woven.worded:
        reasons = (*degraded, "model:nothing_verified")
        return Worded(suggestion, by_model=False, uses=judged.uses, degraded=reasons)
    worded = verify(suggestion.model_copy(update={"reply": woven.reply}), case)
    if worded is None or worded.reply != woven.reply.strip():
        reasons = (*degraded, "model:not_verified")
        return Worded(suggestion, by_model=False, uses=judged.uses, degraded=reasons)
    return Worded(worded, by_model=True, uses=judged.uses, degraded=degraded)
