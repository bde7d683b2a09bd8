"""Requests of authorities: who asks, and whether a life hangs on it."""

from __future__ import annotations

import re

from copilot.signals.emergency.finding import Finding
from copilot.signals.emergency.text import Normalised

_AUTHORITY = (
    r"(?:公安局?|派出所|刑警|民警|警察|警方|刑侦|经侦|网安|分局|交警|检察院|法院|纪委|监委|海关缉私|税务局|市场监管局"
    r"|应急管理局|国安|警署|警局|警务处|廉政公署|调查局|检调|地检署|police|detective|prosecutor|court|officer)"
)
_SELF = r"(?:我是|我们是|这里是|这边是|我这边是|本人是|我系|这里系|我们这边是|i am|i'm|this is|we are|calling from|here is)"
_DEMAND = (
    r"(?:调取|调证|协查|协助调查|协助查询|配合调查|配合我们|提供一?下?.{0,12}(?:信息|资料|轨迹|电话|位置|记录|监控|数据)|查一?下?.{0,14}(?:信息|资料|轨迹|定位|身份|行踪|监控|登记)"
    r"|要(?:一下)?.{0,10}(?:信息|资料|电话|位置|监控|轨迹)|需要.{0,16}(?:信息|资料|电话|位置|监控|轨迹|记录|数据)|调(?:一下)?监控|调阅|函|搜查令|调取证据通知书"
    r"|disclose|warrant|subpoena|provide .{0,30}(?:data|details|records|information|location|footage)"
    r"|need .{0,40}(?:data|details|records|information|location|footage|phone number|address)|request(?:ing)? .{0,30}(?:data|details|records|information|footage))"
)
_DOCUMENT = r"(?:调取证据通知书|协助查询(?:财产)?通知书|协查函|介绍信|搜查令|法律文书|警官证|警号|警员编号|工作证|badge|warrant|subpoena|court order)"
_REQUEST = re.compile(
    rf"{_SELF}.{{0,24}}{_AUTHORITY}.{{0,120}}{_DEMAND}|{_AUTHORITY}.{{0,40}}{_DOCUMENT}.{{0,100}}{_DEMAND}|{_DOCUMENT}.{{0,80}}{_DEMAND}"
    rf"|{_SELF}.{{0,24}}{_AUTHORITY}.{{0,60}}{_DOCUMENT}",
    re.DOTALL,
)
# The customer who tells of a call by somebody who claimed to be the police is a fraud victim, not an authority.
_TOLD_BY_A_VICTIM = re.compile(
    r"(?:说(?:他|她|自己)?是|自称|冒充|对方说|打电话(?:给我)?说|claims?|claiming|said he|said she|says he|says she)"
)
_LIFE = re.compile(
    r"人身危险|生命危险|命案|失踪|失联|被困|绑架|轻生|自杀|人命|救人|紧急|正在|劫持|受害人|被害人|危及|life|missing|kidnap|suicid|danger|urgent"
)


def find(turn_index: int, normalised: Normalised) -> Finding | None:
    """Return the official request of this turn; `emergency` when a life is at stake."""
    match = _REQUEST.search(normalised.text)
    if match is None or _TOLD_BY_A_VICTIM.search(normalised.text[: match.start() + 12]):
        return None
    return Finding(
        level="emergency" if _LIFE.search(normalised.text) else "urgent",
        category="official_request",
        turn_index=turn_index,
        quote=normalised.quote(match.start(), match.end()),
        reason="an authority asks for data",
        source="rules",
    )
