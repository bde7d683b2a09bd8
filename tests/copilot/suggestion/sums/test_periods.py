from copilot.quantities import Quantity
from copilot.suggestion.case.elapsed import BETWEEN
from copilot.suggestion.sums.calculation import Calculation
from copilot.suggestion.sums.periods import by_the_day, daily_terms, defines_term, overrun

RENT = Quantity(2700.0, "money", 0, 0, "月租", 1)
SEASON = Quantity(2718.0, "money", 0, 0, "全季热费", 1)


def between(value: float, dimension: str) -> Quantity:
    return Quantity(value, dimension, 0, 0, f"报修 11-02 {BETWEEN} 11-18 恢复", 1, derived=True)  # type: ignore[arg-type]


def test_a_daily_sum_is_worked_out_from_the_definition_of_the_article() -> None:
    (term,) = daily_terms(["- 1 天房租 = 月租 ÷ 30。"], [RENT])
    assert term.value == Calculation(90.0, "2700 ÷ 30")
    assert term.noun == "房租"


def test_what_defines_a_daily_sum_is_told_from_other_formulas() -> None:
    assert defines_term("当日热费 = 全季热费 ÷ 151。")
    assert not defines_term("退款 = 实付 − 应收，原路退回。")


def test_a_share_a_day_counts_the_days_between_two_dates() -> None:
    terms = daily_terms(["当日热费 = 全季热费 ÷ 151。"], [SEASON])
    found = by_the_day("每天退当日热费的60%", terms, [between(16.0, "days")])
    assert found == Calculation(172.8, "2718 ÷ 151 × 60% × 16")


def test_without_two_dates_no_days_are_counted() -> None:
    terms = daily_terms(["当日热费 = 全季热费 ÷ 151。"], [SEASON])
    assert by_the_day("每天退当日热费的60%", terms, []) is None


def test_only_full_periods_beyond_the_limit_count_where_the_rule_says_full() -> None:
    terms = daily_terms(["1 天房租 = 月租 ÷ 30。"], [RENT])
    told = "上门时限24 小时，超时补偿每超满 24 小时，减免 1 天房租的 30%"
    found = overrun(told, "", terms, [between(78 * 60.0, "minutes")])
    assert found == Calculation(54.0, "2700 ÷ 30 × 30% × 2")


def test_a_begun_day_counts_whole_where_the_article_says_so() -> None:
    told = "修好时限24 小时，超时补偿每超 1 天补 10 元"
    late = [between(108 * 60.0, "minutes")]
    assert overrun(told, "超出不满 24 小时的按 1 天算。", (), late) == Calculation(40.0, "10 × 4")
    assert overrun(told, "", (), late) == Calculation(30.0, "10 × 3")


def test_what_is_within_the_limit_is_due_nothing() -> None:
    told = "修好时限24 小时，超时补偿每超 1 天补 10 元"
    assert overrun(told, "", (), [between(20 * 60.0, "minutes")]) is None


def test_a_cap_of_the_row_holds() -> None:
    told = "时限5天，超时补偿每超1天补 10 元，最高 20 元"
    assert overrun(told, "", (), [between(9 * 1440.0, "minutes")]) == Calculation(20.0, "10 × 4", 40.0)
