"""Each recorded case shows what the product promises for it: by meaning, on the shipped embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from copilot.answer import Answer, Suggestion
from copilot.assembly import assemble
from copilot.demo.replay import Step, advice_of, stage_of, steps_of
from copilot.demo.samples import RecordedCase, recorded_cases, sample_clients
from copilot.demo.vectors import with_shipped_vectors
from copilot.live.model import LiveAlert
from copilot.settings import Settings


@dataclass(frozen=True)
class Shown:
    """One case as the agent saw it."""

    case: RecordedCase
    steps: tuple[Step, ...]
    answer: Answer

    @property
    def alerts(self) -> list[tuple[int, str, str]]:
        return [
            (step.turn.index, alert.level, alert.category) for step in self.steps for alert in step.alerts
        ]

    def alert(self, category: str) -> LiveAlert:
        return next(a for step in self.steps for a in step.alerts if a.category == category)

    def kinds(self, turn: int) -> set[str]:
        return {check.kind for check in self.steps[turn].checks}

    def stock(self, *turns: int) -> bool:
        return all({"stock_phrase"} <= self.kinds(turn) for turn in turns)

    def flagged(self, turn: int, words: str) -> bool:
        """Whether a remark other than the mere stock phrase names these words of the agent."""
        return any(
            c.kind != "stock_phrase" and re.search(words, f"{c.quote} {c.message}")
            for c in self.steps[turn].checks
        )

    @property
    def first(self) -> str:
        """The article that the first suggestion rests on."""
        return self.article(0)

    def article(self, place: int) -> str:
        if place >= len(self.answer.suggestions):
            return ""
        suggestion = self.answer.suggestions[place]
        return next((c.article_id for c in suggestion.citations if c.title == suggestion.title), "")

    @property
    def articles(self) -> set[str]:
        return {self.article(place) for place in range(len(self.answer.suggestions))}

    @property
    def best(self) -> Suggestion:
        return self.answer.suggestions[0]

    @property
    def said(self) -> str:
        """What the first suggestion says and does."""
        return " ".join((self.best.reply, *self.best.steps)) if self.answer.suggestions else ""

    @property
    def all_said(self) -> str:
        return " ".join(" ".join((s.reply, *s.steps)) for s in self.answer.suggestions)

    @property
    def actions(self) -> set[str]:
        return {a.action for s in self.answer.suggestions for a in s.actions}

    def verdict(self, action: str, amount: float | None = None) -> str | None:
        """The verdict on that action in any of the suggestions."""
        return next(
            (
                a.verdict
                for s in self.answer.suggestions
                for a in s.actions
                if a.action == action and (amount is None or a.amount == amount)
            ),
            None,
        )

    def facts(self, slot: str) -> set[str]:
        return {fact.value for fact in self.answer.facts if fact.slot == slot}

    def links(self, kind: str) -> list[str]:
        return [linked.value for step in self.steps for linked in step.linked if linked.kind == kind]

    @property
    def text(self) -> str:
        assert self.answer.escalation is not None
        return self.answer.escalation.text

    def handed(self, priority: str, to: str) -> bool:
        drafted = self.answer.escalation
        return drafted is not None and (drafted.priority, drafted.to) == (priority, to)

    @property
    def minutes(self) -> float:
        """How long the client has from the last turn on."""
        drafted = self.answer.escalation
        assert drafted is not None
        assert drafted.respond_by is not None
        return (drafted.respond_by - self.case.request.conversation().now).total_seconds() / 60


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Shown]]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("cases"), log_level="ERROR")
    copilot = assemble(settings, with_shipped_vectors)
    for client in sample_clients():
        copilot.knowledge.import_folder(client)
    found = {}
    for case in recorded_cases():
        with stage_of(copilot) as stage:
            steps = tuple(steps_of(stage, case))
        found[case.case] = Shown(case, steps, advice_of(copilot.pipeline, case))
    yield found
    copilot.close()


Claim = tuple[int, str, Callable[[Shown], bool]]
WAITING = re.compile("耐心等|请您?等待|稍后|先核实|wait patiently")

CLAIMS: tuple[Claim, ...] = (
    # 1: a cry for help, and silence
    (1, "emergency at the first turn", lambda s: (0, "emergency", "missing_person") in s.alerts),
    (1, "110", lambda s: "110" in s.alert("missing_person").services),
    (1, "safety centre in a minute", lambda s: "安全响应中心" in str(s.alert("missing_person"))),
    (1, "nothing is said twice", lambda s: not _repeats(s.alert("missing_person").protocol.steps)),
    (1, "beside the protocol only the rule about the missing", lambda s: s.articles == {"XC-401"}),
    (1, "stock phrases flagged", lambda s: s.stock(3, 6, 8)),
    (1, "repeated stock flagged", lambda s: "repeated_stock" in s.kinds(8)),
    (1, "a reply within the hour is never said", lambda s: s.flagged(3, "一小时") and s.flagged(8, "一小时")),
    (1, "linked by the plate", lambda s: s.links("plate") == ["浙z8x31q"]),
    (1, "P0 to the safety centre", lambda s: s.handed("P0", "client_safety")),
    (1, "ten minutes", lambda s: s.minutes <= 10),
    (1, "data for the police", lambda s: all(w in s.text for w in ("小苏", "浙Z8X31Q", "0092", "东桥镇"))),
    # 2: the same driver, a day before
    (2, "urgent or worse once she was followed", lambda s: any(t <= 4 for t, *_ in s.alerts)),
    (2, "a safety complaint", lambda s: all(c in SAFETY for _, _, c in s.alerts)),
    (2, "no emergency of the past", lambda s: all(level == "urgent" for _, level, _ in s.alerts)),
    (2, "both replies flagged", lambda s: s.stock(2, 6)),
    (2, "the safety article", lambda s: "XC-402" in s.articles),
    (2, "no fee beside a danger", lambda s: "违约金" not in s.all_said),
    (2, "order and plate kept", lambda s: s.facts("order_id") == {"HX20261120-4471"}),
    (2, "to the safety centre", lambda s: s.handed("P1", "client_safety")),
    # 3: the police ask
    (3, "an official request", lambda s: (0, "urgent", "official_request") in s.alerts),
    (3, "a missing person", lambda s: (2, "emergency", "missing_person") in s.alerts),
    (3, "never refused", lambda s: "无法提供" in str(s.alert("official_request").protocol.never_say)),
    (3, "the refusal is flagged", lambda s: s.flagged(4, "隐私|传真|小时")),
    (3, "linked to both earlier talks", lambda s: len(s.links("plate")) == 2),
    (3, "to the liaison desk", lambda s: s.handed("P0", "client_police")),
    (3, "ten minutes", lambda s: s.minutes <= 10),
    (3, "badge and landline handed over", lambda s: "Z00917" in s.text and "55501110" in s.text),
    (3, "nothing disclosed", lambda s: "5520" not in s.text),
    # 4: a phone in the car
    (4, "no alert", lambda s: not s.alerts),
    (4, "the dispute's article first", lambda s: s.first == "XC-302"),
    (4, "to the lost-property desk", lambda s: s.handed("P2", "client_lost")),
    (4, "both statements quoted", lambda s: "没有看到" in s.text and "递给师傅" in s.text),
    (4, "urging flagged", lambda s: s.stock(4, 7) and "over_authority" in s.kinds(7)),
    (4, "never asked for the order again", lambda s: not re.search("订单号|乘车时间", s.said)),
    # 5: six in a car of five, and a threat
    (5, "the threat is urgent", lambda s: (6, "urgent", "threat") in s.alerts),
    (5, "no accident of last week", lambda s: all(c == "threat" for _, _, c in s.alerts)),
    (5, "overloading, auto-confirm, overdue", lambda s: {"XC-203", "XC-204", "XC-501"} >= s.articles - {""}),
    (5, "full refund beyond L1", lambda s: s.verdict("refund", 36.0) == "needs_approval"),
    (5, "auto-confirm can be held", lambda s: s.verdict("hold_auto_confirm") == "allowed"),
    (5, "P1 to the safety centre", lambda s: s.handed("P1", "client_safety")),
    (5, "the threat in its words", lambda s: "来你们学校找你" in s.text),
    (
        5,
        "what was promised when",
        lambda s: "三个工作日" in s.text and re.search("11-16|11-19", s.text) is not None,
    ),
    (5, "stock flagged", lambda s: s.stock(1, 7) and "over_authority" in s.kinds(7)),
    # 6: no room at ten at night
    (6, "stranded is urgent", lambda s: (3, "urgent", "stranded") in s.alerts),
    (6, "asked again is flagged", lambda s: "reasked_fact" in s.kinds(4) and s.stock(4, 6)),
    (6, "the unanswered is listed", lambda s: "unanswered_question" in s.kinds(6)),
    (6, "the rebooking article first", lambda s: s.first == "YZ-101"),
    (6, "the row after 22:00", lambda s: "150%" in s.said or "357" in s.said),
    (6, "not sent back to the hotel", lambda s: "沟通" not in s.best.reply),
    (6, "P1 to the rebooking desk", lambda s: s.handed("P1", "client_rebook")),
    # 7: the missing fish
    (7, "no alert", lambda s: not s.alerts),
    (7, "missing items first", lambda s: s.first in {"XC-201", "XC-205"}),
    (7, "both articles", lambda s: {"XC-201", "XC-205"} <= s.articles),
    (7, "the item's price now", lambda s: s.verdict("refund", 32.8) == "allowed"),
    (
        7,
        "the whole order needs approval",
        lambda s: s.verdict("full_order_refund", 186.4) == "needs_approval",
    ),
    (7, "P2 to order operations", lambda s: s.handed("P2", "client_ops")),
    (7, "four hours", lambda s: s.minutes <= 240),
    (7, "the reason in her words", lambda s: "过生日" in s.text or "生日" in s.text),
    (7, "stock flagged", lambda s: s.stock(2, 4) and "over_authority" in s.kinds(4)),
    # 8: a fall from a scooter
    (8, "hurt at the first turn", lambda s: (0, "emergency", "accident_injury") in s.alerts),
    (8, "120 first", lambda s: s.alert("accident_injury").services[0] == "120"),
    (8, "one danger, one alert", lambda s: len(s.alerts) == 1),
    (8, "the vehicle is locked out", lambda s: "锁" in str(s.alert("accident_injury"))),
    (8, "asked again is flagged", lambda s: "reasked_fact" in s.kinds(3) and s.stock(1, 3, 6)),
    (8, "vehicle and injury kept", lambda s: s.facts("vehicle") == {"E-380271"} and bool(s.facts("injury"))),
    (8, "the vehicle is no order", lambda s: not s.facts("order_id")),
    (8, "beside the protocol only the rule about the hurt", lambda s: s.articles == {"DC-401"}),
    (8, "P0 in ten minutes", lambda s: s.handed("P0", "client_safety") and s.minutes <= 10),
    (8, "the lines nobody answered", lambda s: "四回" in s.text and "E-380271" in s.text),
    (8, "no batch of goods asked for", lambda s: "批号" not in s.text),
    # 9: a hotel in Greece
    (9, "stranded abroad is urgent", lambda s: any(c == "stranded" for _, _, c in s.alerts)),
    (9, "the article of wrong places first", lambda s: s.first == "YZ-104"),
    (9, "another city: 200%", lambda s: "200%" in s.said or "824" in s.said),
    (9, "never a taxi", lambda s: "打车费" not in s.all_said),
    (9, "needs the client", lambda s: s.best.authority == "needs_escalation"),
    (9, "P1 to the overseas desk", lambda s: s.handed("P1", "client_overseas")),
    (9, "the absurd reply is stock", lambda s: s.stock(5)),
    (9, "both places handed over", lambda s: "希腊" in s.text and "圣彼得堡" in s.text),
    # 10: the phrase book
    (10, "no alert", lambda s: not s.alerts),
    (10, "every reply flagged", lambda s: s.stock(1, 3, 5, 7) and "repeated_stock" in s.kinds(3)),
    (
        10,
        "the draft is flagged",
        lambda s: any(c.where == "draft" and c.kind == "stock_phrase" for c in s.answer.checks),
    ),
    (
        10,
        "the question is open",
        lambda s: any("退" in c.quote for c in s.answer.checks if c.kind == "unanswered_question"),
    ),
    (10, "drift first", lambda s: s.first == "DC-203"),
    (10, "the fee within L1", lambda s: s.verdict("dispatch_fee_waive", 15.0) == "allowed"),
    (10, "within authority", lambda s: s.best.authority == "within"),
    (10, "no phrases", lambda s: not re.search("心情|耐心|尽快|抱歉给您", s.all_said)),
    # 11: expedite
    (11, "no alert", lambda s: not s.alerts),
    (11, "outlets that do not answer first", lambda s: s.first == "SP-106"),
    (11, "English", lambda s: re.search("[一-鿿]", s.best.reply) is None),
    (
        11,
        "no expedite promised",
        lambda s: s.verdict("expedite") != "allowed" and "have expedited" not in s.all_said,
    ),
    (
        11,
        "tracking number and place kept",
        lambda s: s.facts("tracking_number") == {"SPX 6034 9981 20"} and "Kwun Tong" in s.facts("place"),
    ),
    (11, "asked again is flagged", lambda s: "reasked_fact" in s.kinds(3)),
    (11, "stock flagged", lambda s: s.stock(3, 6, 8)),
    (11, "'expedited' is above authority", lambda s: "over_authority" in s.kinds(6)),
    (
        11,
        "P2 to network operations in six hours",
        lambda s: s.handed("P2", "client_network") and s.minutes <= 360,
    ),
    (11, "the appointment", lambda s: "23 Nov" in s.text and "visa" in s.text),
    # 12: one of four out of stock
    (12, "no alert", lambda s: not s.alerts),
    (12, "partial shipment first", lambda s: s.first == "SY-102"),
    (
        12,
        "within authority",
        lambda s: s.best.authority == "within" and s.verdict("split_shipment") == "allowed",
    ),
    (12, "today, and no second fee", lambda s: "17:00" in s.said),
    (12, "nothing of the old rule", lambda s: "80" not in s.said and "14 天" not in s.said),
    (12, "Traditional", lambda s: "現" in s.best.reply or "貨" in s.best.reply),
    (12, "stock flagged", lambda s: s.stock(5, 7)),
    # 13: clumps in the milk powder
    (13, "no alert", lambda s: not s.alerts),
    (13, "own powder first", lambda s: s.first == "MY-101"),
    (13, "328 without photos", lambda s: s.verdict("powder_refund_no_photo", 328.0) == "allowed"),
    (13, "within authority", lambda s: s.best.authority == "within"),
    (13, "no photo asked for", lambda s: not re.search("要.{0,10}照片各|请.{0,4}拍照", s.said)),
    (13, "the second can", lambda s: "没开" in s.said and "取件" in s.said),
    (13, "photos asked for again", lambda s: s.stock(2, 7)),
    # 14: 12315, the association, a reporter
    (14, "no alert", lambda s: not s.alerts),
    (14, "third party's article first", lambda s: s.first in {"MY-501", "MY-205"}),
    (14, "the refund in the offer", lambda s: "MY-205" in s.articles),
    (14, "469 beyond L1", lambda s: s.verdict("refund", 469.0) == "needs_approval"),
    (14, "nothing about withdrawing", lambda s: not re.search("(?:先|请|能不能).{0,4}撤", s.all_said)),
    (
        14,
        "linked by the order, overdue",
        lambda s: any(
            p.due_at is not None and p.due_at < s.case.request.conversation().now
            for step in s.steps
            for x in step.linked
            for p in x.promises
        ),
    ),
    (14, "stock flagged", lambda s: s.stock(4, 6, 8) and "over_authority" in s.kinds(8)),
    (
        14,
        "P1 to the complaints desk in two hours",
        lambda s: s.handed("P1", "client_complaint") and s.minutes <= 120,
    ),
    (14, "number, promise, demand", lambda s: all(w in s.text for w in ("2026112400386", "11-17", "469"))),
    (14, "the complaint is no vehicle", lambda s: not s.facts("vehicle")),
    # 15: collection
    (15, "no alert", lambda s: not s.alerts),
    (15, "employer and village", lambda s: s.flagged(3, "单位") and "forbidden_wording" in s.kinds(3)),
    (15, "prison and friends", lambda s: s.flagged(5, "诈骗|坐牢") and s.flagged(5, "找朋友")),
    (
        15,
        "the draft",
        lambda s: any(c.where == "draft" and c.kind == "forbidden_wording" for c in s.answer.checks),
    ),
    (15, "personal instalments first", lambda s: s.first == "BC-202"),
    (15, "nothing of the old rule", lambda s: "24 期" not in s.all_said and "15 个工作日" not in s.all_said),
    (15, "the bank decides", lambda s: s.best.authority == "needs_escalation"),
    (15, "his means kept", lambda s: {"3000", "600"} <= s.facts("amount")),
    (15, "no refund that nobody asked for", lambda s: "overpay_refund" not in s.actions),
    (15, "P2 to the hardship desk", lambda s: s.handed("P2", "client_hardship")),
)

SAFETY = {"safety_complaint", "stalking", "assault", "sexual_harassment", "threat", "kidnapping"}


def _repeats(steps: tuple[str, ...]) -> bool:
    """Whether two steps begin alike: the client's own and the general one say the same."""
    heads = [re.sub(r"\W", "", step)[:6] for step in steps]
    return len(set(heads)) < len(heads)


# Since requests are read by a taught encoder (docs/decisions/0007).
NOT_YET = {
    (5, "overloading, auto-confirm, overdue"),
    (5, "full refund beyond L1"),
    (15, "the bank decides"),
}


@pytest.mark.parametrize(
    ("number", "claim", "holds"),
    [
        pytest.param(
            *claim,
            id=f"{claim[0]}: {claim[1]}",
            marks=[pytest.mark.xfail(reason="not reached")] if claim[:2] in NOT_YET else [],
        )
        for claim in CLAIMS
    ],
)
def test_a_case_shows_what_it_must(
    shown: dict[int, Shown], number: int, claim: str, holds: Callable[[Shown], bool]
) -> None:
    assert holds(shown[number]), claim


@pytest.mark.parametrize("number", range(1, 16))
def test_no_suggestion_asks_to_wait_or_repeats_a_phrase(shown: dict[int, Shown], number: int) -> None:
    assert WAITING.search(shown[number].all_said) is None


@pytest.mark.parametrize("number", range(1, 16))
def test_every_handover_fits_on_half_a_page(shown: dict[int, Shown], number: int) -> None:
    text = shown[number].text
    english = shown[number].case.request.client_id == "swiftparcel"
    assert len("".join(text.split())) <= (1200 if english else 600)
