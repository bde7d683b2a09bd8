"""One way to compare text: Traditional and Simplified, full and half width, upper and lower case meet.

`fold` keeps the length, so that a position found in the folded text is the position in the original
and every quote can be cut from the customer's own words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from opencc import OpenCC

from knowledge.text import fold

__all__ = ["Language", "detect_language", "fold", "in_script", "quotable"]

Language = Literal["zh-Hans", "zh-Hant", "en"]

_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
# Written only in Simplified or only in Traditional text, and frequent in service talk.
_SIMPLIFIED_ONLY = re.compile(
    r"[这们来说对过时没为么还钱点单车里给让东问间关开头买卖产业发门话电员号图场应经现见觉请谢该谁别边线约险难"
    r"卫护报动务处备够尔带帮师币归当录态总战扫拟择换据损无旧显权条极构样检楼欢欧气济测满热爱状独盖盘确离种积称"
    r"稳稣笔红级纸终经结统继续维网罗职联脑节苏药虑补装规视订讨记许论设访证评诉诊词试询详语误课调贝负财责败货质贴费资"
    r"赔赶转轮软轻载较输达迁进远违连迟适选递遗邮释针银错锁键长闭阳阴际陆险随隐静须顾预领题额风飞饭饮馆马验鱼鸡麦龙]"
)
_TRADITIONAL_ONLY = re.compile(
    r"[這們來說對過時沒為麼還錢點單車裡給讓東問間關開頭買賣產業發門話電員號圖場應經現見覺請謝該誰別邊線約險難"
    r"衛護報動務處備夠爾帶幫師幣歸當錄態總戰掃擬擇換據損無舊顯權條極構樣檢樓歡歐氣濟測滿熱愛狀獨蓋盤確離種積稱"
    r"穩筆紅級紙終結統繼續維網羅職聯腦節蘇藥慮補裝規視訂討記許論設訪證評訴診詞試詢詳語誤課調貝負財責敗貨質貼費資"
    r"賠趕轉輪軟輕載較輸達遷進遠違連遲適選遞遺郵釋針銀錯鎖鍵長閉陽陰際陸隨隱靜須顧預領題額風飛飯飲館馬驗魚雞麥龍嗎吶囉喔啲嘅咗喺佢冇哋]"
)


def quotable(text: str) -> str:
    """Return `text` as quotes are compared: NFKC, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def detect_language(text: str) -> Language:
    """Return the language of `text`; Simplified Chinese where nothing tells."""
    han = len(_HAN.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if words > han:
        return "en"
    return (
        "zh-Hant" if len(_TRADITIONAL_ONLY.findall(text)) > len(_SIMPLIFIED_ONLY.findall(text)) else "zh-Hans"
    )


@lru_cache(maxsize=2)
def _converter(direction: str) -> OpenCC:
    return OpenCC(direction)


@lru_cache(maxsize=2048)
def in_script(text: str, language: str) -> str:
    """Return Chinese `text` in the script of `language`; other languages leave it as it is."""
    if language == "zh-Hant":
        return str(_converter("s2tw").convert(text))
    if language == "zh-Hans":
        return str(_converter("t2s").convert(text))
    return text
