"""From a rule to a sentence for a customer: who is addressed, which cells speak, in which script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.language import detect_language, fold, in_script
from knowledge.model import ClientSettings, Contact, Passage

_MARKUP = re.compile(r"\*\*|__|`|^#+\s*|^\s*(?:[-*+•]|\d+[.、)）](?!\d)|[（(]\d+[)）])\s*", re.MULTILINE)
_ARTICLE_ID = re.compile(r"[A-Z]{1,6}-[A-Z]*\d[\w-]*")
_SPACED = re.compile(r"(?<=[一-鿿，。；：、”」])\s+(?=[\w“「])|(?<=[\w%”」])\s+(?=[一-鿿，。；：、“「])")
_EMPTY_CELLS = {"", "-", "—", "–", "无", "無", "/", "n/a", "none", "同上"}


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    text = files("copilot.suggestion.reply").joinpath("wording.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


def say(language: str, key: str, **values: str) -> str:
    """Return the phrase `key` in `language`, filled with `values`."""
    words = _words()["en" if language == "en" else "zh-Hans"]
    return in_script(str(words[key]).format_map(values), language)


@lru_cache(maxsize=8)
def _any_of(key: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in _words()[key]), re.IGNORECASE)


def is_internal(passage: Passage) -> bool:
    """Whether the passage is, or holds something, for the agent's eyes only."""
    return _any_of("internal").search(fold(passage.text)) is not None or is_below_internal(passage)


def is_below_internal(passage: Passage) -> bool:
    """Whether the passage stands below a heading that makes all of it internal."""
    below = passage.heading[-1:] or ("",)
    return _any_of("internal_headings").search(fold(below[0])) is not None


def is_case(passage: Passage) -> bool:
    """Whether the passage is one of several cases, of which only the fitting one may speak."""
    return passage.kind in {"item", "step"} and bool(case_heading(passage))


def case_heading(passage: Passage) -> str:
    """Return the heading (or lead-in) that makes a case of each item below it, else an empty string."""
    lead = "" if _IS_SENTENCE.search(passage.lead_in) else passage.lead_in
    for above in (lead, *passage.heading[-1:]):
        if above and _any_of("case_headings").search(fold(above)):
            return plain(above).rstrip("：:,，。. ")
    return ""


# What ends so stands above a list without announcing it.
_IS_SENTENCE = re.compile(r"[。.!！]\s*$")
# What is longer is a rule of its own, which is not said again before each case below it.
_LONGEST_HEADING = 40


def is_agent_step(text: str) -> bool:
    """Whether `text` is something that only the agent does on the screen."""
    return _any_of("agent_only").search(fold(plain(text))) is not None


def is_agent_order(text: str) -> bool:
    """Whether `text` orders the agent what to ask, to write down or never to say."""
    return _any_of("agent_orders").search(fold(plain(text))) is not None


def plain(text: str) -> str:
    """Return `text` without Markdown marks and list numbers, on one line."""
    without = _MARKUP.sub("", text).replace("|", "，")
    return re.sub(r"\s*\n\s*", " ", without).strip()


def sentence(
    passage: Passage,
    columns: Sequence[int],
    language: str,
    tier_names: Mapping[str, str],
    unmet: Sequence[int] = (),
) -> str:
    """Return the passage (of a row the `columns`) as a sentence for the customer, without its final stop.

    Cells in `unmet` have a condition that this case does not meet: that is said beside them.
    """
    text = _row(passage, columns, unmet) if passage.kind == "row" and passage.cells else plain(passage.text)
    heading = case_heading(passage) if is_case(passage) else ""
    if heading and (len(heading) <= _LONGEST_HEADING or _is_english(heading)):
        text = f"{heading}{': ' if _is_english(text) else '：'}{text}"
    told = _tidy(to_customer(text, language, tier_names))
    return "" if told != _tidy(text) and is_fragment(told) else told


# A clause that only says when something is so, or points at what was left out.
_ONLY_WHEN = re.compile(
    r"(?:的|时|後|后|之后|以内|以後)$|^(?:若|如|如果|要是|您要|除)|^(?:if|when|unless)\b|以下|如下"
)
_GIVES = re.compile(
    r"退|补|赔|免|不收|可以|不能|换|送|券|元|工作日|小时|分钟|"
    r"refund|free|waive|replace|credit|within|cannot|can "
)
_SHORT = 12


def is_fragment(told: str) -> bool:
    """Whether what is left of a sentence is a bare condition: nothing follows from it."""
    folded = fold(told).strip(" 。.：:")
    alone = re.search(r"[,，;；:：。]", folded) is None and len(folded) <= _SHORT
    return alone and _ONLY_WHEN.search(folded) is not None and not _GIVES.search(folded)


def to_customer(text: str, language: str, tier_names: Mapping[str, str]) -> str:
    """Return `text` addressed to the customer in the script of `language`."""
    text = _without_agent_clauses(_without_references(text))
    if _is_english(text):
        return in_script(_readdressed(text, "en", tier_names), language)
    if language == "en":
        return _readdressed(text, "zh-Hans", tier_names)
    simplified = in_script(text, "zh-Hans")
    addressed = _readdressed(simplified, "zh-Hans", tier_names)
    return addressed if language == "zh-Hans" else _as_written(addressed, simplified, text)


def _readdressed(text: str, rules: str, tier_names: Mapping[str, str]) -> str:
    for pattern, replacement in _words()["address"][rules]:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    for tier, name in tier_names.items():
        # A backslash in a client's name is no group of the pattern.
        text = re.sub(rf"(?<![A-Za-z]){re.escape(tier)}(?![\w])", name.replace("\\", r"\\"), text)
    return text


def _as_written(addressed: str, simplified: str, text: str) -> str:
    """Return `addressed` in Traditional characters: as `text` has them where nothing was exchanged.

    A conversion there and back would write a client's own 並發 as 併發.
    """
    if detect_language(text) != "zh-Hant" or len(simplified) != len(text):
        return in_script(addressed, "zh-Hant")
    steps = SequenceMatcher(None, simplified, addressed, autojunk=False).get_opcodes()
    return "".join(
        text[start:end] if kept == "equal" else in_script(addressed[own:until], "zh-Hant")
        for kept, start, end, own, until in steps
    )


def _without_references(text: str) -> str:
    """Leave out the clauses that only point to another article (「退款看 HY-16」)."""
    text = re.sub(r"[（(][^（()）]*[A-Z]{1,6}-[A-Z]*\d[^（()）]*[)）]", "", text)
    if not _ARTICLE_ID.search(text):
        return text
    parts = re.split(r"(?<=[,，;；。])", text)
    return "".join(part for part in parts if not _ARTICLE_ID.search(part))


_POINTS = re.compile(r"(?:看|见|見|查|[:：]|\bsee\b)\s*[A-Z]{1,6}-[A-Z]*\d[\w-]*\s*[。.]?$")


def only_points(text: str) -> bool:
    """Return whether `text` says nothing but where other cases stand (「團體票看 HY-16；改期看 HY-17」)."""
    parts = [part for part in re.split(r"[,，;；]", text) if part.strip()]
    return bool(parts) and all(_POINTS.search(part) for part in parts)


# A comma between digits is no end: 「13,600」.
_CLAUSES = re.compile(r"(?<=[，;；。])|(?<=,)(?!\d)")
_SENTENCES = re.compile(r"(?<=。)")
_SAME_AS_ABOVE = re.compile(r"^同上[,，、]?且?")


# 「超过二线额度的送账务组，3 个工作日内答复」: how long what is left unsaid takes is unsaid, too.
_PASSED_ON = re.compile(r"^(?:超|以上|above|beyond)")
_ONLY_PERIOD = re.compile(r"\d+ ?个?(?:工作日|工作天|天|小时|分钟)内?(?:答复|回复|回话|处理)?")


def _without_agent_clauses(text: str) -> str:
    """Leave out what is said to the agent alone; a sentence of nothing else becomes empty."""
    unsaid = _any_of("agent_clauses"), _any_of("internal")
    sentences = [s for s in _SENTENCES.split(text) if s]
    told = [s for s in sentences if len(sentences) == 1 or not _only_orders(s)]
    clauses = [c for s in told for c in _CLAUSES.split(s)]
    kept: list[str] = []
    passed_on = False
    for clause in clauses:
        bare = _bare(clause)
        if any(words.search(bare) for words in unsaid):
            passed_on = _PASSED_ON.search(bare) is not None
        elif not (passed_on and _ONLY_PERIOD.fullmatch(bare)):
            kept.append(clause)
            passed_on = False
    return _SAME_AS_ABOVE.sub("", "".join(kept))


def _only_orders(told: str) -> bool:
    """Whether a sentence beside others only says what the agent looks up or writes down."""
    return is_agent_order(told) and not _GIVES.search(fold(told)) and not _SPARES.search(fold(told))


# What the customer need not do, or what something does not count as, is for him.
_SPARES = re.compile(r"不用|不必|不需|不算|no need|not count")


def _bare(clause: str) -> str:
    return fold(clause).strip(" ,，;；。.")


def _is_english(text: str) -> bool:
    return len(re.findall(r"[a-zA-Z]", text)) > 2 * len(re.findall(r"[一-鿿]", text))


def _row(passage: Passage, columns: Sequence[int], unmet: Sequence[int] = ()) -> str:
    named = len(passage.header) == len(passage.cells)
    parts = []
    for index in columns or range(1, len(passage.cells)):
        cell = plain(passage.cells[index])
        header = passage.header[index] if named else ""
        if fold(cell) in _EMPTY_CELLS or _INTERNAL_CELL.fullmatch(cell) or _EXAMPLES.search(fold(header)):
            continue
        parts.append(f"{_header(header, cell)}{cell}{_not_now(header, cell) if index in unmet else ''}")
    parts = parts or _nothing_given(passage)
    head = plain(passage.cells[0])
    colon, joint = (": ", ", ") if _is_english(passage.text) else ("：", "，")
    return f"{head}{colon}{joint.join(parts)}" if parts else head


_NOTHING = {"无", "無", "none", "没有", "沒有"}


def _nothing_given(passage: Passage) -> list[str]:
    """What a row says whose cells all say 「无」: that, rather than half a row."""
    told = [cell.strip() for cell in passage.cells[1:]]
    return told[:1] if told and all(fold(cell) in _NOTHING for cell in told) else []


_VERB = re.compile(
    r"退票|退款|退订|退课|退货|退|取消|改签|改期|改约|更正|修改|更改|改|换货|换|转让|转赠|升级|申请"
)


def _not_now(header: str, cell: str) -> str:
    if _is_english(cell):
        return " (too late for that now)"
    act = _VERB.search(fold(header)) or _VERB.search(fold(cell))
    return f"（现在已过这个时间，不能{act.group()}）" if act else "（现在已过这个时间）"


_INTERNAL_CELL = re.compile(r"P[0-9]|L[0-9]")
_EXAMPLES = re.compile(r"^(例|举例|例子|示例|example)")
_SILENT_HEADER = re.compile(
    r"能不能|可不可以|是否|要不要|可否|怎么|如何|多久|多少|什么|什么时候|找谁|谁|^(处理|做法|办法|其他|说明|备注|结果|规则|内容|要求|方式|处理方式)$|"
    r"^(handling|what|action|note|rule|result|how)"
)


def _header(header: str, cell: str) -> str:
    """A header is said before its cell, unless it asks what the cell answers or says nothing of its own."""
    header = header.strip()
    if not header or header in cell or _SILENT_HEADER.search(fold(header)):
        return ""
    return f"{header} " if header[-1].isascii() and header[-1].isalnum() else header


def _tidy(text: str) -> str:
    text = _SPACED.sub("", text)
    text = re.sub(r"[,，;；]\s*([,，;；。])", r"\1", text)
    return text.strip(" ，,；;。.：:")


def money(amount: float, currency: str, language: str) -> str:
    """Return an amount as people of `language` write it."""
    number = f"{amount:.2f}".rstrip("0").rstrip(".")
    if language == "en":
        return f"{currency} {number}"
    return f"{number}元"


_ZERO_CENTS = re.compile(r"(?<=\d)\.00(?!\d)|(?<=\d\.\d)0(?=\s*[元块])")
_UNIT_APART = re.compile(r"(?<=\d)\s+(?=[元块]|公里|公斤|小时|分钟|天|件)")


def tidy_amounts(text: str) -> str:
    """Return a record's text with its amounts as people write them (「18.00 元」 is 「18元」)."""
    return _UNIT_APART.sub("", _ZERO_CENTS.sub("", text))


def deadline(contact: Contact | None, language: str) -> str | None:
    """Return by when the contact answers, in words; None where the settings do not say."""
    if contact is None or not contact.target_minutes:
        return None
    minutes = contact.target_minutes
    if minutes < 60 or minutes % 60:
        return say(language, "minutes", n=str(minutes))
    return say(language, "hours", n=str(minutes // 60))


def tier_names(settings: ClientSettings, tiers: tuple[str, ...], language: str = "zh-Hans") -> dict[str, str]:
    """Return how tiers are called towards customers, who never hear of an L1."""
    own, senior = say(language, "own_tier"), say(language, "senior_tier")
    names = {}
    for position, tier in enumerate(tiers):
        contact = settings.contacts.get(tier)
        called = re.sub(r"^外包", "", contact.name) if contact else (senior if position else own)
        names[tier] = own if position == 0 else (called if _is_readable(called, language) else senior)
    return names


_HAN = re.compile(r"[㐀-鿿]")


def _is_readable(name: str, language: str) -> bool:
    return language != "en" or _HAN.search(name) is None


def readable(name: str, language: str) -> str:
    """Return `name`, or "the team in charge" where a reader of `language` cannot read it."""
    return name if _is_readable(name, language) else say(language, "team")
