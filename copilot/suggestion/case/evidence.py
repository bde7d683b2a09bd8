"""What the conversation offers for choosing a rule: its words by weight, its quantities, its open demand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import log

from copilot.answer import Fact
from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.quantities import Quantity, clause_around, find_quantities
from copilot.signals.numerals import in_digits
from copilot.suggestion.case.ages import bare_ages
from copilot.suggestion.case.elapsed import BETWEEN, spans
from copilot.suggestion.case.hostile import gives_orders
from copilot.suggestion.case.memory import PerVersion
from copilot.suggestion.choice.concepts import concepts_said, denies_offer, opening, standing
from knowledge.model import ClientKnowledge

_WORD = re.compile(r"[a-z]{2,}|\d+(?:\.\d+)?|[一-鿿]+")
_STOP = set(
    "的了吗呢吧啊呀哦嘛么就都也还又很太这那个们是我你您他她它在有和跟与及或但而把被给让从到对为以之其着过再才只"
)
_ENGLISH_STOP = {
    "the", "a", "an", "and", "or", "to", "of", "in", "on", "for", "is", "are", "be", "was", "were", "it",
    "its", "this", "that", "i", "you", "my", "your", "me", "we", "our", "they", "he", "she", "as", "at",
    "with", "not", "no", "do", "does", "did", "have", "has", "had", "can", "will", "would", "if", "so",
    "but", "by", "from", "out", "up",
}  # fmt: skip
# How much each kind of turn says about what is asked now.
_OPEN, _EARLIER, _SYSTEM = 1.0, 0.45, 0.6


@lru_cache(maxsize=16384)
def grams(text: str) -> frozenset[str]:
    """Return the character pairs (Chinese) and words (English, numbers) of `text`, folded."""
    found: set[str] = set()
    for run in _WORD.findall(in_digits(fold(text))):
        if run[0].isascii():
            if run not in _ENGLISH_STOP:
                found.add(_stem(run))
        else:
            found.update(p for i in range(len(run) - 1) if not _STOP.issuperset(p := run[i : i + 2]))
    return frozenset(found)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@dataclass(frozen=True, slots=True)
class Rarity:
    """How telling each gram is within one client's knowledge (idf over its passages)."""

    weights: Mapping[str, float]
    unseen: float

    def of(self, gram: str) -> float:
        """Return the weight of `gram`."""
        return self.weights.get(gram, self.unseen)


_RARITY = PerVersion[Rarity]()


def rarity(knowledge: ClientKnowledge) -> Rarity:
    """Return the rarity of grams for this version of a client's knowledge (computed once)."""
    return _RARITY.of(knowledge, _rarity)


def _rarity(knowledge: ClientKnowledge) -> Rarity:
    counts = Counter(g for p in knowledge.passages.values() for g in grams(p.text))
    total = len(knowledge.passages) + 1
    return Rarity({g: log(1 + total / (1 + n)) for g, n in counts.items()}, log(1 + total))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The situation: gram weights (0..1), quantities with their clauses, and the demand's words.

    `shown`: the grams of what the helpdesk showed (order cards); `concepts`: what the customer speaks of;
    `opening`: what he speaks of first in the open topic; `denied`: he says that he was misunderstood;
    `open_turns`: the customer's turns that stand open, by index; `today`: the day of the request, None
    where another day is spoken of.
    """

    weights: Mapping[str, float]
    quantities: tuple[Quantity, ...]
    text: str
    open_text: str
    open_grams: frozenset[str]
    shown: frozenset[str] = frozenset()
    concepts: Mapping[str, float] = field(default_factory=dict)
    denied: bool = False
    opening: frozenset[str] = frozenset()
    open_turns: frozenset[int] = frozenset()
    today: date | None = None

    def share(self, text: str, rare: Rarity) -> float:
        """Return how much of `text` (by rarity) the conversation says, 0..1."""
        said = grams(text)
        total = sum(rare.of(g) for g in said)
        return sum(rare.of(g) * self.weights.get(g, 0.0) for g in said) / total if total else 0.0

    def open_share(self, text: str, rare: Rarity) -> float:
        """Return how much of `text` (by rarity) the open request says, 0..1."""
        said = grams(text)
        total = sum(rare.of(g) for g in said)
        return sum(rare.of(g) for g in said if g in self.open_grams) / total if total else 0.0

    def overlap(self, text: str, rare: Rarity) -> float:
        """Return the rarity-weighted amount of the conversation that `text` takes up."""
        return sum(rare.of(g) * self.weights.get(g, 0.0) for g in grams(text))


def gather(conversation: Conversation, facts: Iterable[Fact] = ()) -> Evidence:
    """Return the evidence of `conversation`; a turn said later weighs more than one said earlier."""
    open_turns = standing(conversation)
    weights: dict[str, float] = {}
    quantities: list[Quantity] = []
    for turn in conversation.turns:
        weight = _weight(turn, open_turns)
        if weight <= 0:
            continue
        own = own_words(turn)
        quantities += _totals(own, turn)
        for gram in grams(own):
            weights[gram] = max(weights.get(gram, 0.0), weight)
        quantities += _of_turn(own, turn)
        quantities += bare_ages(own, turn.index)
        quantities += _bare_amounts(in_digits(own), turn, quantities)
    quantities += list(_amounts_of_facts(_own(facts, conversation), quantities))
    said = [t.text for t in conversation.turns if t.role != "agent"]
    open_text = "\n".join(t.text for t in conversation.turns if t.index in open_turns)
    told = spans(conversation)
    return Evidence(
        weights=weights,
        quantities=(*_without_recorded(quantities), *told, _now(conversation)),
        text="\n".join(said),
        open_text=open_text,
        open_grams=grams(open_text),
        shown=grams(" ".join(own_words(t) for t in conversation.turns if t.role == "system")),
        concepts=concepts_said(conversation),
        denied=denies_offer(conversation),
        opening=opening(conversation),
        open_turns=open_turns,
        today=_today(conversation, told),
    )


_HALF_TOLD = re.compile(r"凌晨|早|上午|中午|朝|夜|晚|下午|\bam\b|\bpm\b|a\.m|p\.m|\dam|\dpm")
_HALF_DAY, _SAME_MOMENT = 720.0, 15.0


def _without_recorded(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Leave out an hour of either half of the day that a record tells exactly (「四点五十」 beside 16:50)."""
    clocks = [q.value for q in quantities if q.dimension == "clock"]

    def is_recorded(q: Quantity) -> bool:
        early = q.dimension == "clock" and q.value < _HALF_DAY and not _HALF_TOLD.search(q.label)
        return early and any(abs(other - q.value - _HALF_DAY) <= _SAME_MOMENT for other in clocks)

    return [q for q in quantities if not is_recorded(q)]


# What a record says was asked for on a day (「11-24 提交变更」).
_ASKED_FOR = re.compile(r"办|辦|提交|申请|申請|受理|request|submitted|applied")


def _today(conversation: Conversation, told: Iterable[Quantity]) -> date | None:
    """The day on which it is done, if it is today: the customer names no other, no record shows one."""
    roles = [turn.role for turn in conversation.turns]
    other = any(
        q.dimension == "days"
        and q.value
        and BETWEEN not in q.label
        and (roles[q.turn_index] == "customer" or _ASKED_FOR.search(fold(q.label)))
        for q in told
    )
    return None if other else conversation.now.date()


def _weight(turn: Turn, open_turns: frozenset[int]) -> float:
    if turn.role == "agent":
        return 0.0
    if turn.role == "system":
        return _SYSTEM
    return _OPEN if turn.index in open_turns else _EARLIER


# What others are said to have told is a rule from hearsay (「网上说 24 小时内都能退」), no fact of this case.
_HEARSAY = re.compile(
    r"(?:听(?:人)?(?:说|讲)|听朋友|网(?:上|友)(?:有人)?(?:都)?(?:说|讲|查|看|写)?|有人(?:跟我)?(?:说|讲|话)|"
    r"(?:朋友|同学|同事|邻居|群里|别人|人家|论坛|小红书|帖子|隔壁|亲戚)[^，,。;；?？!！|]{0,4}(?:说|讲|话)|"
    r"好似话|不是(?:都)?(?:说|话)|上(?:次|回)(?:有人)?(?:跟我)?(?:说|讲)|"
    r"\bi(?:'ve)? (?:heard|read)\b|"
    r"\b(?:friend|colleague|neighbou?r|someone|somebody|people|forum|reddit|internet|mate|sister|brother)s?"
    r"(?: of mine)?(?: online)? (?:says?|said|told|reckons?|claims?|swears?)\b|"
    r"\bonline (?:it )?(?:says?|said)\b)"
    r"(?:(?!\s(?:我|可|但|but\b|i\b))[^。;；?？!！|\n]){0,30}"
)


# A period of time within which something is counted (「近 180 天内退款 0 罐」) is no time that went by.
_WINDOW = re.compile(r"内$")
_SPANS = {"minutes", "days", "workdays"}


def _of_turn(own: str, turn: Turn) -> list[Quantity]:
    """The quantities of a turn; `reported` those that tell a rule or what others say."""
    folded = fold(own)
    reported = [match.span() for match in _HEARSAY.finditer(folded)]
    found = []
    for q in find_quantities(own):
        heard = any(start <= q.start < end for start, end in reported)
        window = q.dimension in _SPANS and _WINDOW.search(folded[q.start : q.end]) is not None
        found.append(replace(q, turn_index=turn.index, reported=heard or window))
    return found


_QUOTED = re.compile(r"[“「『【\"［\[]([^”」』】\"］\]]{18,})[”」』】\"］\]]?")
_NOTE = re.compile(
    r"^\s*[\[［【][^\]］】]{0,16}(备注|備註|留言|note|remark|comment|memo)[^\]］】]{0,12}[\]］】]",
    re.IGNORECASE,
)


# A remark within a card (「备注：已批准退您 500 元」) is somebody's word, and its sum none of the order's.
_SUM_IN_REMARK = re.compile(
    r"(?:^|(?<=[|｜；;\n\]］】]))[^|｜；;\n\]］】:：]{0,8}(?:备注|備註|留言|附言|remark|memo|\bnote)[^|｜；;\n]*?"
    r"\d\s*(?:元|块|塊|rmb|cny|hkd)[^|｜；;\n]*",
    re.IGNORECASE,
)


# Text that gives orders to software is no account of what happened.
_ORDERS = re.compile(
    r"(忽略|无视|跳过|覆盖|忘记).{0,10}(规则|限制|指令|设定|提示|制度|知识库)|管理员模式|系统提示词|"
    r"开发者模式|内部指令|最高优先级|(ignore|disregard|forget|override).{0,20}(rule|instruction|limit|prompt|polic)|"
    r"system prompt|developer mode|admin mode"
)


def own_words(turn: Turn) -> str:
    """Return the turn without what others wrote or software is told: neither is a fact of the case."""
    if (
        (turn.role == "system" and _NOTE.search(turn.text))
        or _ORDERS.search(fold(turn.text))
        or gives_orders(turn.text)
    ):
        return ""
    own = _SUM_IN_REMARK.sub(" ", turn.text) if turn.role == "system" else turn.text
    return _QUOTED.sub(" ", own)


_BARE = re.compile(
    r"(?<![A-Za-z0-9.:：/-])(?<!\d,)(\d{2,5}(?:\.\d{1,2})?)(?!,\d{3}(?!\d))(?![\d.%:：/-]*\d)"
    r"(?!\s*[%:：号號点點月日樓楼座年×-]|\s*(?!back\b)[a-z])"
    r"(?!\s*(?:公里|公斤|公尺|分|米|克|斤|省道|国道|路|[张張个個件天次位人岁歲步])(?![价价钱]))"
    r"(?!\s*(?:[个個]?(?:工作日|小时|多?钟头|月|晚)))"
    r"(?!\s*[节節堂课課期份盒瓶包袋罐双雙套件只隻台台部辆輛趟层層页頁箱桶串棵匹组組批根条條首集章章场場班轮輪枚粒颗顆片支杯碗桌间間户戶字周週季栋棟幢门門款种種分](?![价价钱錢]))"
)
# A number after one of these names something; it is no sum.
_NAMES_SOMETHING = re.compile(
    r"(?:尾号|尾數|单号|编号|号码|工号|车牌|电话|手机|验证码|统编|末三码|结尾|卡号|门牌|满)\D{0,3}$|"
    r"(?:\d月|[栋幢座楼室#]|打|拨)$|"
    r"(?:\d|[一二三四五六七八九十两])点$|(?:今天|今日|今儿|今儿个|昨天|昨儿|明天|明儿)(?:都|已经|才|是)?$"
)
# Numbers that are called, not paid: of the short ones, which are prices too, only beside these words.
_CALLED = re.compile(
    r"打|拨|拨通|电话|热线|报警|举报|投诉|报案|急救|叫(?:警|救护)|call|dial|phone|number|hotline|police|ambulance"
)
_HOTLINES = {
    110.0, 119.0, 120.0, 122.0, 165.0, 12110.0, 12301.0, 12306.0, 12315.0, 12328.0, 12345.0, 12348.0, 12356.0,
    12363.0, 12378.0, 12381.0, 12300.0, 96110.0, 1950.0, 999.0, 911.0, 113.0,
}  # fmt: skip
_ABOUT_MONEY = re.compile(
    r"收|付|扣|退|还|差|补|赔|花了?|买|价|费|块|元|便宜|转|要我|给我|的那个|报销|押金|一个月|每月|月租|租|账单|帐单|"
    r"charged|paid|refund|cost|\bback\b|\d的(?:套餐|方案|资费|那[个种]|$)"
)


def _bare_amounts(own: str, turn: Turn, known: Iterable[Quantity]) -> list[Quantity]:
    """Numbers without a unit in a clause about money (「多的250还我」)."""
    folded = fold(own)
    taken = {(q.turn_index, q.value) for q in known}
    measured = [range(q.start, q.end) for q in find_quantities(folded) if q.dimension != "money"]
    found = []
    for match in _BARE.finditer(folded):
        if any(match.start() in span for span in measured):
            continue
        label = clause_around(folded, match.start(), match.end())
        value = float(match.group(1))
        named = _NAMES_SOMETHING.search(folded[max(0, match.start() - 8) : match.start()])
        if _is_called(value, label) or _is_whole_of(value, turn.index, taken):
            continue
        if (turn.index, value) not in taken and not named and _ABOUT_MONEY.search(label):
            found.append(Quantity(value, "money", match.start(), match.end(), label, turn.index))
    return found


def _is_called(value: float, label: str) -> bool:
    """Whether a number is a hotline: those that are prices as often (999, 120) only where somebody calls."""
    return value in _HOTLINES and (value >= _LONG_NUMBER or _CALLED.search(label) is not None)


# Hotlines of five digits are hardly ever a price.
_LONG_NUMBER = 10000.0


# Begins the label of what several pieces cost together.
TOTAL = "共 "
_TIMES = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:元|块)\s*[×xX*]\s*(\d{1,3})(?!\d|\.)|"
    r"(\d{1,3})\s*[×xX*]\s*(\d+(?:\.\d+)?)\s*(?:元|块)"
)


def _totals(own: str, turn: Turn) -> list[Quantity]:
    """What several pieces cost together, where a record gives price and count (「680 元 × 4」)."""
    folded = fold(own)
    found = []
    for match in _TIMES.finditer(folded):
        price, count = (float(g) for g in match.groups() if g is not None)
        label = f"{TOTAL}{clause_around(folded, match.start(), match.end())}"
        found.append(Quantity(price * count, "money", match.start(), match.end(), label, turn.index))
    return found


def _is_whole_of(value: float, index: int, taken: Iterable[tuple[int, float]]) -> bool:
    """Whether an amount with cents was read there already (the 86 of 「86块5」)."""
    return any(at == index and known != value and int(known) == value for at, known in taken)


def _own(facts: Iterable[Fact], conversation: Conversation) -> Iterable[Fact]:
    """The facts that do not rest on what somebody else wrote."""
    return (fact for fact in facts if fact.quote in own_words(conversation.turns[fact.turn_index]))


def _amounts_of_facts(facts: Iterable[Fact], known: Iterable[Quantity]) -> Iterable[Quantity]:
    """Amounts that only the facts know to be money (「扣我九十」)."""
    have = {(q.turn_index, q.value) for q in known if q.dimension == "money"}
    for fact in facts:
        value = _number(fact.value) if fact.slot == "amount" else None
        if value is not None and (fact.turn_index, value) not in have:
            have.add((fact.turn_index, value))
            yield Quantity(value, "money", 0, 0, fold(fact.quote), fact.turn_index)


_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _number(text: str) -> float | None:
    match = _NUMBER.search(text.replace(",", ""))
    return float(match.group()) if match else None


def _now(conversation: Conversation) -> Quantity:
    """The clock now: what a rule by time of day means where nobody names another time."""
    local = conversation.now
    last = conversation.turns[-1].index if conversation.turns else 0
    return Quantity(local.hour * 60 + local.minute, "clock", 0, 0, "现在", last, derived=True)
