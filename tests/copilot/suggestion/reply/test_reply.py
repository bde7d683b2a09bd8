from __future__ import annotations


def test_two_numbers_of_the_case_are_not_read_as_one(workshop):
    shop = workshop("修车费。\n\n| 项目 | 收费 |\n|---|---|\n| 换内胎 | 40 元 |\n")
    reply = shop.suggest("[订单] 换内胎 送货日 11-20", "换内胎 多少钱 380元？").reply
    assert "11-20；380元" in reply
