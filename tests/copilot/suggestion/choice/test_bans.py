from __future__ import annotations

from copilot.suggestion.choice.bans import allowed_beside, bans_of
from copilot.suggestion.choice.selection import rules_of

FAR = "店太远的，退全款。不得建议顾客打车、坐车过去再报销。\n"
TAXI = "换店的，打车费凭票据，最高 60 元。\n\n换店的，原订单全额退。\n"


def test_what_the_fitting_article_forbids_nothing_beside_it_suggests(workshop):
    shop = workshop(FAR, TAXI)
    far, taxi = (rules_of(hit, shop.case("店太远了怎么换店")) for hit in shop.hits())
    kept = allowed_beside(taxi, bans_of(far))
    assert [rule.passage.text for rule in taxi if rule not in kept] == ["换店的，打车费凭票据，最高 60 元。"]
    assert allowed_beside(far, bans_of(far)) == far


def test_without_a_ban_everything_stays(workshop):
    shop = workshop(TAXI)
    (taxi,) = (rules_of(hit, shop.case("换店")) for hit in shop.hits())
    assert allowed_beside(taxi, bans_of(taxi)) == taxi
