"""One way to compare text: Traditional and Simplified, full and half width, upper and lower case meet.

`fold` keeps the length, so that a position found in the folded text is the position in the original
and every quote can be cut from the original words. `tokens` is what the lexical search counts.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import jieba
import Stemmer
import yaml
from opencc import OpenCC

_HAN_RUN = r"[㐀-鿿豈-﫿]+"
_PIECE = re.compile(rf"(?P<han>{_HAN_RUN})|(?P<latin>[a-z0-9]+(?:[-_.:/][a-z0-9]+)*)|(?P<other>[^\W_]+)")
_SPLIT_LATIN = re.compile(r"[a-z]+|[0-9]+")
_SENTENCE_END = re.compile(r"(?<=[。！？；!?;\n])\s*|(?<=[a-z0-9)][.])\s+(?=[A-Z“\"])", re.IGNORECASE)

_LONG_BLANK = re.compile(r"\s{17}")
_TOO_BLANK = re.compile(r"(?<=\s{16})\s")
_EDGE = "|"
_MOST_STEPS = 4  # of folding one character; none needs more than two

_STOP_WORDS = Path(__file__).with_name("stop_words.yaml")


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    """The words that carry no topic."""
    lists: dict[str, str] = yaml.safe_load(_STOP_WORDS.read_text(encoding="utf-8"))
    return frozenset(word for words in lists.values() for word in words.split())


@lru_cache(maxsize=1)
def _simplified_of() -> dict[int, str]:
    """The character table Traditional → Simplified, one character to one character."""
    converter = OpenCC("t2s")
    table: dict[int, str] = {}
    for code in range(0x3400, 0x9FFF):
        character = chr(code)
        simplified = converter.convert(character)
        if len(simplified) == 1 and simplified != character:
            table[code] = simplified
    return table


def _settled(character: str) -> str:
    """The character that is the same however often it is folded."""
    for _ in range(_MOST_STEPS):
        normal = unicodedata.normalize("NFKC", character).lower()
        folded = simplified(normal if len(normal) == 1 else character)
        if folded == character:
            break
        character = folded
    return character


class _Folding(dict[int, str]):
    """The table of `fold`: it learns a character when it meets it, and stays below its limit."""

    _LIMIT = 65_536

    def __missing__(self, code: int) -> str:
        """Fold a character that was not met before."""
        folded = _settled(chr(code))
        if len(self) < self._LIMIT:
            self[code] = folded
        return folded


@lru_cache(maxsize=1)
def _folding() -> _Folding:
    return _Folding()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return `text` for matching: Simplified, half width, lower case, of the same length.

    A long run of white space ends a clause: patterns with several optional blanks would try every way to
    share it out (2,000 blanks took 13 s).
    """
    folded = text.translate(_folding())
    return _TOO_BLANK.sub(_EDGE, folded) if _LONG_BLANK.search(folded) else folded


def simplified(text: str) -> str:
    """Return `text` with Traditional characters as Simplified ones, of the same length."""
    return text.translate(_simplified_of())


class _Segmenter:
    """jieba with its dictionary read once, on first use, and without its cache file.

    jieba would keep that cache in the shared temporary folder and unmarshal whatever it finds there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jieba: jieba.Tokenizer | None = None

    def cut(self, run: str) -> list[str]:
        """Return the words of a run of Chinese characters, long words together with their parts."""
        return list(self._loaded().cut_for_search(run))

    def _loaded(self) -> jieba.Tokenizer:
        with self._lock:
            if self._jieba is None:
                segmenter = jieba.Tokenizer()
                segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
                segmenter.initialized = True
                self._jieba = segmenter
            return self._jieba


_segmenter = _Segmenter()


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # One stemmer a word: PyStemmer's object is not safe between threads, and the cache makes it cheap.
    return str(Stemmer.Stemmer("english").stemWord(word))


def _latin_tokens(piece: str) -> Iterator[str]:
    """A number or an id stays whole; its parts are tokens too, so that `SL-101` meets `101`."""
    parts = _SPLIT_LATIN.findall(piece)
    if len(parts) > 1:
        yield piece
    yield from (part if part.isdigit() else _stem(part) for part in parts if part not in _stop())


def _han_tokens(run: str) -> Iterator[str]:
    """Yield the words of a run of Chinese characters, and the pairs of neighbours that are no words.

    Pairs find what segmentation takes apart differently in a question and in an article; with them the
    right article came first in 128 instead of 124 of 148 recorded conversations.
    """
    if len(run) == 1:
        yield run
        return
    words = [word for word in _segmenter.cut(run) if len(word) > 1]
    yield from (word for word in words if word not in _stop())
    pairs = (run[at : at + 2] for at in range(len(run) - 1))
    known = {*words, *_stop()}
    yield from (pair for pair in pairs if pair not in known)


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words of `text` that lexical search counts: folded, segmented, stemmed."""
    found: list[str] = []
    for match in _PIECE.finditer(fold(text)):
        piece = match.group()
        if match.lastgroup == "han":
            found.extend(_han_tokens(piece))
        elif match.lastgroup == "latin":
            found.extend(_latin_tokens(piece))
        else:
            found.append(piece)
    return tuple(found)


def sentences(text: str) -> tuple[str, ...]:
    """Split `text` after its sentence ends; the pieces are exact substrings without outer white space."""
    return tuple(piece.strip() for piece in _SENTENCE_END.split(text) if piece and piece.strip())
