from __future__ import annotations

import pytest

from copilot.action_labels import action_label


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("cancel_fee_refund", "取消费退款"),
        ("store_credit", "购物金"),
        ("cancel_before_picking", "拣货前取消"),
        ("cancel_by_rule", "按规定取消"),
        ("fee_refund", "费用退款"),
    ],
)
def test_a_name_is_said_by_its_words(action, label):
    assert action_label(action, "zh-Hans") == label


def test_a_name_that_is_known_in_part_stays_as_it_is():
    assert action_label("zorp_refund", "zh-Hans") == "zorp_refund"


@pytest.mark.parametrize(
    ("action", "note", "label"),
    [
        ("overpay_refund", "溢缴款退回本人借记卡", "溢缴款退回本人借记卡"),
        ("late_fee_waive", "违约金减免，按期", "违约金减免"),
        ("weight_diff_refund", "称重差额", "称重差额退款"),
        ("booking_deposit_refund", "退定金，按附表", "退定金"),
    ],
)
def test_the_client_s_own_note_names_the_act(action, note, label):
    assert action_label(action, "zh-Hans", (note,)) == label


@pytest.mark.parametrize(
    "note", ["只提交，不说加急", "按订单累计", "换酒店、同酒店升级房型的差价", "补送商品的实付金额"]
)
def test_a_condition_or_a_list_is_no_name(note):
    assert action_label("redelivery", "zh-Hans", (note,)) == "补送"


def test_of_several_notes_none_names_the_act():
    assert action_label("membership_refund", "zh-Hans", ("月卡退款", "年卡退款")) == "会员退款"


def test_traditional_clients_read_traditional_and_english_ones_the_name_s_own_words():
    assert action_label("shipping_fee_waive", "zh-Hant") == "運費免收"
    assert action_label("shipping_fee_waive", "en") == "shipping fee waive"
