"""Whether the case of a share is certain enough to work it out: numbers that fit are not the whole case.

A row 「取消 | 收 50%」 fits by its hours also where nobody cancels, a sentence 「超时：…退 10%」 also where
nothing came late, 「已采购，距婚期 15 天以上」 also where nothing was bought. A wrong sum costs money.
"""

from __future__ import annotations

import re

from copilot.language import fold
from copilot.suggestion.case.evidence import grams, own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule

_GIVING_UP = re.compile(r"取消|退(?:票|订|课|房|团|租|货|单)|cancel")
_GIVES_UP = re.compile(
    r"取消|退|不[要去来走住租学订约拍办做买玩看坐续]|[来去走赶]不[了成上]|放弃|作罢|甩底|解约|解除|"
    r"cancel|refund|call(?:ed|ing)? (?:it )?off|can.?t (?:make|go|come)|don.?t (?:want|need)|no longer|"
    r"won.?t be|pull(?:ing)? out|fell through|give up|get out of|want out"
)
_DENIED = re.compile(
    r"(?:没有?|不是|不想|不用|不)(?:说|要|想|打算|准备)*(?:取消|退(?!款))|(?:not|n.t) (?:\w+ )?cancel\w*"
)
_LABEL = re.compile(r"^([^:：,，。;；\d]{2,10})[:：]")
_CASE_SAID = 0.25


def is_certain(rule: Rule, case: Frame) -> bool:
    """Whether nothing of the rule's own case is left to guess: its act, its label, its states."""
    if rule.passage.kind == "row":
        return not (_is_of_several_kinds(rule) or _act_unsaid(rule, case) or _state_unknown(rule, case))
    return not _label_unsaid(rule, case)


_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LIMIT = re.compile(r"(?:最[高多低少]|封顶|上限|不超过|至[多少]|up to|at (?:most|least))[^,，。;；%]{0,8}%")


def _is_of_several_kinds(rule: Rule) -> bool:
    """Whether the row has several shares, for things or terms of which none was decided for."""
    cells = rule.passage.cells
    told = "，".join(fold(cells[i]) for i in rule.columns or range(1, len(cells)) if i < len(cells))
    return len(set(_SHARE.findall(_LIMIT.sub(" ", told)))) > 1


def _act_unsaid(rule: Rule, case: Frame) -> bool:
    """Whether the share stands under an act of the customer's (「取消」) of which he says nothing."""
    passage = rule.passage
    if len(passage.header) != len(passage.cells):
        return False
    columns = rule.columns or range(1, len(passage.cells))
    header = next((passage.header[i] for i in columns if "%" in fold(passage.cells[i])), "")
    if not _GIVING_UP.search(fold(header)):
        return False
    told = fold("\n".join(own_words(turn) for turn in case.conversation.turns if turn.role != "agent"))
    return _GIVES_UP.search(_DENIED.sub(" ", told)) is None


def _label_unsaid(rule: Rule, case: Frame) -> bool:
    """Whether the sentence begins with the name of its case (「超时：…」) and no word of that is said."""
    label = _LABEL.search(fold(rule.passage.text))
    named = grams(label[1]) if label else frozenset()
    return bool(named) and rule.features.share < _CASE_SAID and not named & grams(case.evidence.text)


_STATE = re.compile(r"^(?:(?P<done>已经?)|(?:未|还没有?|没有?|尚未))(?P<what>[一-鿿]{2,4})$")
_NOT_DONE = r"(?:未|没有?|尚未|还没|不)(?:开始)?"


def _state_unknown(rule: Rule, case: Frame) -> bool:
    """Whether the first cell asks for a state that is denied (「采购：未开始」) or that nobody names."""
    said = fold(case.evidence.text)
    parts = re.split(r"[,，、;；]", fold(rule.passage.cells[0]))
    states = (m for part in parts if (m := _STATE.match(part.strip())))
    return any(_denies(m["what"], said) if m["done"] else _is_open(m["what"], said) for m in states)


def _is_open(what: str, said: str) -> bool:
    """Whether that something was not done is denied, or said by nobody who could know."""
    return _affirms(what, said) or not grams(what) & grams(said)


def _denies(what: str, said: str) -> bool:
    return re.search(rf"{_NOT_DONE}{what}|{what}\s*[:：]?\s*(?:未|没|尚未|无|否)", said) is not None


def _affirms(what: str, said: str) -> bool:
    return re.search(rf"已经?{what}|{what}了|{what}\s*[:：]\s*(?:已|是)", said) is not None
