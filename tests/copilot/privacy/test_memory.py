"""Forgetting what was remembered of texts, beside threads that go on working."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

from copilot.language import in_script
from copilot.privacy.memory import forget_texts


def test_a_remembered_text_is_forgotten() -> None:
    in_script("牛奶没有送到", "zh-Hant")
    assert forget_texts() > 0
    assert in_script.cache_info().currsize == 0


def test_modules_that_are_imported_meanwhile_disturb_nothing() -> None:
    stop = threading.Event()

    def importing() -> None:
        at = 0
        while not stop.is_set():
            sys.modules[f"copilot.made_up_{at % 50}"] = ModuleType("made_up")
            sys.modules.pop(f"copilot.made_up_{(at + 25) % 50}", None)
            at += 1

    thread = threading.Thread(target=importing)
    thread.start()
    try:
        for _ in range(200):
            forget_texts()
    finally:
        stop.set()
        thread.join()
        for at in range(50):
            sys.modules.pop(f"copilot.made_up_{at}", None)
