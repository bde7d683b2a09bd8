from copilot.suggestion.sums.charged import is_paid_by_customer


def test_a_price_under_a_column_of_prices_is_paid_by_the_customer() -> None:
    assert is_paid_by_customer("费用60 元；每 12 个月第一次免费，期限2 日内", 60.0)


def test_what_a_rule_gives_back_is_not_paid_by_him() -> None:
    assert not is_paid_by_customer("超时补偿每超 1 天 10 元", 10.0)


def test_where_the_clause_says_neither_the_nearest_words_above_decide() -> None:
    above = ("钥匙断在里面，上门开锁自己付：", "退款规定")
    assert is_paid_by_customer("22:00–07:00，120 元", 120.0, above)
    assert not is_paid_by_customer("22:00–07:00，120 元", 120.0, tuple(reversed(above)))


def test_words_that_say_neither_leave_the_sum_to_be_granted() -> None:
    assert not is_paid_by_customer("晚 2–3 日，120 元", 120.0)


def test_what_brackets_add_does_not_part_a_fee_from_its_sum():
    assert is_paid_by_customer("手续费（原租客付，一次）200 元", 200)
