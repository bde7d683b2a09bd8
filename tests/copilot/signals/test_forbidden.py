import pytest

from copilot.signals.forbidden import find_forbidden
from knowledge.model import ClientSettings
from tests.copilot.signals.talk import talk

SHOP = ClientSettings(id="shop", name="好物", forbidden_wording=("亲爱的顾客",))
COLLECTION = ClientSettings(id="bank", name="安信银行", extra={"industry": "collection"})


@pytest.mark.parametrize(
    "text",
    [
        "再不还就等着坐牢",
        "我们会打电话给您单位领导",
        "把您的照片发到朋友圈",
        "这里是市公安局",
        "今晚上门找您",
        "找朋友借点先还上",
    ],
)
def test_a_collection_line_must_not_threaten(text: str) -> None:
    (check, *_) = find_forbidden(talk(f"a: {text}"), COLLECTION)
    assert (check.kind, check.turn_index) == ("forbidden_wording", 0)
    assert check.quote in text


def test_to_say_that_it_is_not_done_is_allowed() -> None:
    assert find_forbidden(talk("a: 我们不会联系您的家人"), COLLECTION) == ()


def test_the_rules_of_collection_hold_for_collection_only() -> None:
    assert find_forbidden(talk("a: 安装师傅会打电话给您家人"), SHOP) == ()


def test_the_customer_may_say_anything() -> None:
    assert find_forbidden(talk("c: 你们这是要我坐牢吗"), COLLECTION) == ()


def test_the_clients_own_list_counts_in_drafts_too() -> None:
    (check,) = find_forbidden(talk("c: 你好", draft="親愛的顧客您好"), SHOP)
    assert (check.where, check.quote) == ("draft", "親愛的顧客")


def test_the_authority_matrix_is_never_told() -> None:
    assert find_forbidden(talk("a: 我的权限只有5元"), SHOP)
