"""Client folders as an editor would write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CLIENT = """\
id: lulu
name: 露露出行
language: zh-Hans
timezone: Asia/Shanghai
priorities:
  P1: {name: 急, definition: 一小时内, client_response_minutes: 60}
escalation_contacts:
  client_ops: {name: 运营组, channel: webhook, target_minutes: 480, wechat: ops-1}
unknown_topic: {say: 没有规定。, collect: [时间, 地点], do: 提交}
mascot: 小鹿
"""
AUTHORITY = """\
client: lulu
version: "2026-01"
currency: CNY
tiers: [L1, L2]
actions:
  - {action: coupon, tier: L1, max: 5, unit: CNY, per_user: "每月1张", valid_days: 14, escalate_to: L2}
  - {action: expedite, allowed: false, escalate_to: client_ops, note: "只提交"}
"""
REFUND = """\
---
id: LL-1
title: 取消费退还
tags: [取消, 退款]
valid_from: 2026-01-01
---
# 取消费退还

司机接单后原地不动超过4分钟，取消费全额退还。

| 车型 | 取消费 |
|---|---|
| 快车 | 4元 |
| 优享 | 6元 |
"""
LOST = """\
---
id: LL-2
title: 东西落在车上
valid_to: 2026-06-30
---
1. 先用虚拟号联系司机。
2. 司机承认的，约定归还地点，里程费由乘客付。
"""
CASES = """\
id,date,situation,what_was_done,outcome,authority_used
C-1,2026-02-03,司机不动导致取消被扣4元,退4元,接受,L1 refund 4
"""


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write `files` below `root` and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def lulu(root: Path, **changes: str | bytes) -> Path:
    """Write a sound client folder; `changes` replace files (`articles__x_md` is articles/x.md)."""
    files: dict[str, str | bytes] = {
        "client.yaml": CLIENT,
        "authority.yaml": AUTHORITY,
        "cases.csv": CASES,
        "articles/refund.md": REFUND,
        "articles/lost.md": LOST,
    }
    replaced = {_path(name): content for name, content in changes.items()}
    return write(root, {**files, **replaced})


def _path(name: str) -> str:
    folder, _, rest = name.rpartition("__")
    stem, _, suffix = rest.rpartition("_")
    return f"{folder}/{stem}.{suffix}" if folder else f"{stem}.{suffix}"
