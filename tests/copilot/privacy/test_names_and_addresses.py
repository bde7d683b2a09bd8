"""Names and addresses are told by the words around them; ordinary talk is left alone."""

from __future__ import annotations

import time

import pytest

from copilot.privacy.recognition import Kind, find_personal


def found(text: str, kind: Kind) -> list[str]:
    return [text[item.start : item.end] for item in find_personal(text) if item.kind == kind]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("骑手马超态度很差", "马超"),
        ("我闺蜜林晓雨失联了", "林晓雨"),
        ("刘洋的订单也没到", "刘洋"),
        ("是张伟答应我的", "张伟"),
        ("跟老陈说一声", "老陈"),
        ("聯絡人：黃志強，電話晚點給", "黃志強"),
        ("謝怡君小姐說的", "謝怡君"),
        ("Regards, Thomas Wright", "Thomas Wright"),
        ("ask Sarah, she promised me", "Sarah"),
    ],
)
def test_a_name_is_found(text: str, name: str) -> None:
    assert name in found(text, "name")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("我住朝阳区望京西园三区308号楼1单元502", "朝阳区望京西园三区308号楼1单元502"),
        ("寄到河东镇李家村三组12号", "河东镇李家村三组12号"),
        ("台北市大安區忠孝東路四段216巷27弄8號3樓", "台北市大安區忠孝東路四段216巷27弄8號3樓"),
        ("幸福里小区7栋2单元1103室", "幸福里小区7栋2单元1103室"),
        ("leave it at 221B Baker Street", "221B Baker Street"),
        ("Flat 5, 18 Nathan Road, Kowloon", "Flat 5, 18 Nathan Road"),
    ],
)
def test_an_address_is_found_whole(text: str, address: str) -> None:
    assert address in found(text, "address")


@pytest.mark.parametrize(
    "text",
    [
        "高兴死我了，方便面也行",
        "谢谢老板啦就80",
        "高峰期骑手不够",
        "任何经理都行，全程导游陪同",
        "5号线人民广场站1号出口",
        "4月1号到10号不发货",
        "我在北京，不在上海",
        "客服中心2号坐席",
        "this is easy, 1 click way to do",
        "Will it be on my card by Monday?",
    ],
)
def test_ordinary_talk_is_left_alone(text: str) -> None:
    assert found(text, "name") + found(text, "address") == []


@pytest.mark.parametrize("piece", ["路", "王", "我叫王", "1号", "朝阳区", "1 Aa ", "My name is "])
def test_hostile_repetition_costs_no_time(piece: str) -> None:
    started = time.process_time()
    find_personal(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 5
