"""Greetings, thanks and leave-taking in words that no list has: "the guy just rang, cheers".

A second reading beside the word lists of `copilot.signals.smalltalk`: the same kind of model as `usual.py`,
taught by `python -m evals.bench.fit_quiet`. To be silent before a request is worse than to answer thanks, so
a question, a wish, a complaint or a longer text is never quiet, whatever the model says.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.conversation import Conversation
from copilot.language import fold
from copilot.signals.unanswered import open_questions
from copilot.suggestion.choice.usual import Floats, usual_with, weights

WEIGHTS = "quiet.npz"
# A text beyond this says more than thanks.
_CHARACTERS = 80
# Log-odds of needing an answer below which a text is quiet: in five folds none of 1,316 requests was, and
# about half of the 126 quiet texts (docs/decisions/0005).
_QUIET = -0.8


@lru_cache(maxsize=1)
def _wants() -> re.Pattern[str]:
    raw = yaml.safe_load(files(__package__).joinpath("quiet.yaml").read_text(encoding="utf-8"))
    return re.compile("|".join(f"(?:{part})" for part in raw["wants"]))


def quiet_text(conversation: Conversation) -> str:
    """Return the open request where it may need no answer, else an empty text."""
    text = " ".join(turn.text.strip() for turn in conversation.open_request)
    if len(text) > _CHARACTERS or _wants().search(fold(text)) or open_questions(conversation):
        return ""
    return text


def is_quiet(text: str, vector: Floats) -> bool:
    """Whether `text` needs no answer; never with another embedder than the model was taught with."""
    model = weights(WEIGHTS)
    return bool(text) and vector.shape == model.vector.shape and usual_with(model, text, vector) < _QUIET
