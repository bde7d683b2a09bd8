from copilot.signals.text import all_clauses, sentences


def pieces(text: str) -> list[str]:
    return [span.text for span in all_clauses(text)]


def test_sentences_lose_their_marks_and_keep_their_places() -> None:
    text = "好的。退你58.9元！明天到？"
    assert [text[s.start : s.end] for s in sentences(text)] == ["好的", "退你58.9元", "明天到"]
    assert [s.ending for s in sentences(text)] == ["。", "！", "？"]


def test_the_spaces_of_chat_cut_clauses() -> None:
    assert pieces("手机掉车上了 司机说没看见") == ["手机掉车上了", "司机说没看见"]
    assert pieces("扣我18块6 我不服") == ["扣我18块6", "我不服"]


def test_numbers_and_their_units_are_never_cut() -> None:
    assert pieces("到货 11-16 17:50｜共 2,960 元") == ["到货 11-16 17:50", "共 2,960 元"]


def test_an_english_full_stop_in_a_number_or_address_ends_nothing() -> None:
    assert [s.text for s in sentences("You get $8.06 back. Mail a.b@c.com now.")] == [
        "You get $8.06 back",
        "Mail a.b@c.com now",
    ]
