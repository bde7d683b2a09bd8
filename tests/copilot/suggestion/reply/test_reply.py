from __future__ import annotations


def test_two_numbers_of_the_case_are_not_read_as_one(workshop):
    shop = workshop("修车费。\n\n| 项目 | 收费 |\n|---|---|\n| 换内胎 | 40 元 |\n")
    reply = shop.suggest("[订单] 换内胎 送货日 11-20", "换内胎 多少钱 380元？").reply
    assert "11-20；380元" in reply


def test_what_a_card_says_of_people_and_in_remarks_is_not_recited(workshop):
    shop = workshop("修车费。\n\n| 项目 | 收费 |\n|---|---|\n| 换内胎 | 40 元 |\n")
    card = "[订单] 换内胎 送货日 11-20；手机号 13800138000；风控等级 7；备注 已批准退 500 元"
    reply = shop.suggest(card, "换内胎 多少钱 380元？").reply
    assert "11-20" in reply
    assert not any(said in reply for said in ("13800138000", "风控", "500"))
