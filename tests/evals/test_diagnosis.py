from __future__ import annotations

from evals.cases import ConversationCase
from evals.diagnosis import diagnose
from evals.figures import Scored
from evals.observation import Observation
from evals.scorers import Mark


def case(client: str, number: int, *marks: Mark) -> Scored:
    line = {
        "id": str(number),
        "client": client,
        "kind": "resolve",
        "turns": [{"role": "customer", "text": "?"}],
    }
    return Scored(ConversationCase.model_validate(line), Observation(), marks)


def many(client: str, count: int, *marks: Mark) -> list[Scored]:
    return [case(client, number, *marks) for number in range(count)]


def test_the_most_severe_harm_decides_who_is_served_worst() -> None:
    nuisance = many("many-small", 10, Mark("padded_reply", 1.0))
    danger = [*many("few-grave", 9), case("few-grave", 9, Mark("other_clients_rule", 1.0))]
    assert [d.client for d in diagnose([*nuisance, *danger], {})] == ["few-grave", "many-small"]


def test_a_client_with_few_cases_is_not_ranked_first() -> None:
    scored = [*many("tiny", 2, Mark("stale_rule", 1.0)), *many("big", 8, Mark("missing_fact", 1.0))]
    assert [d.client for d in diagnose(scored, {})] == ["big", "tiny"]


def test_a_harm_that_follows_from_another_is_no_reason_of_its_own() -> None:
    refused = [Mark("false_refusal", 1.0, about="A-1"), Mark("missing_fact", 1.0, about="A-1")]
    found = diagnose(many("lulu", 6, *refused), {})[0]
    assert [reason.harm for reason in found.reasons] == ["false_refusal"]
    assert found.reasons[0].subjects[0].name == "A-1"
    assert len(found.reasons[0].subjects[0].cases) == 6


def test_an_error_of_the_product_explains_everything_else() -> None:
    found = diagnose(many("lulu", 6, Mark("product_failed", 1.0), Mark("missed_emergency", 1.0)), {})[0]
    assert [reason.harm for reason in found.reasons] == ["product_failed"]
