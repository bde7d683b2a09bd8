"""From a text to the engine's token numbers: its own vocabulary in the `tokenizers` library."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import Unigram

from evals.encoder.model_file import Vocabulary

Ids = npt.NDArray[np.int64]
_MARK = "▁"
_SPACES = re.compile(" {2,}")


class Tokens:
    """Token numbers as the engine would see them, its marks of beginning and end included."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        model = Unigram(list(vocabulary.pieces), unk_id=vocabulary.unknown, byte_fallback=False)
        self._tokenizer = Tokenizer(model)

    def of(self, text: str, *, asks: bool, longest: int) -> Ids:
        """Return at most `longest` numbers of a text that asks, or that may answer."""
        plain = f"{'query' if asks else 'passage'}: {text}".translate(dict(self._vocabulary.characters))
        marked = _MARK + _SPACES.sub(" ", plain).replace(" ", _MARK).removeprefix(_MARK)
        found = self._tokenizer.encode(marked, add_special_tokens=False).ids
        own = [self._vocabulary.begin, *found, self._vocabulary.end][:longest]
        return np.array(own, np.int64)
