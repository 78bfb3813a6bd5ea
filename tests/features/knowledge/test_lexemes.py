# ruff: noqa: RUF001 - the characters are what is tested
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.features.knowledge.lexemes import LONGEST_TOKEN, detect_language, tokens


def test_words_come_in_lower_case_and_in_order() -> None:
    assert tokens("Reset the Router NOW!") == ["reset", "the", "router", "now"]


def test_identifiers_are_kept_whole_and_in_parts() -> None:
    assert tokens("E-4711 v2.3 max_upload") == [
        *("e", "4711", "e4711"),
        *("v2", "3", "v23"),
        *("max", "upload", "maxupload"),
    ]


def test_chinese_is_cut_into_pairs() -> None:
    assert tokens("退货政策") == ["退货", "货政", "政策"]


def test_chinese_and_latin_in_one_run_are_told_apart() -> None:
    assert tokens("iPhone手机壳") == ["iphone", "手机", "机壳"]


def test_full_width_letters_are_letters() -> None:
    assert tokens("ＡＢＣ１２３") == ["abc123"]


def test_indic_words_keep_their_signs() -> None:
    assert tokens("हिन्दी में।") == ["हिन्दी", "में"]


def test_punctuation_alone_is_nothing() -> None:
    assert tokens("?! ... — _ ' - ।") == []


def test_encoded_data_is_left_out() -> None:
    assert tokens("a" * (LONGEST_TOKEN + 1) + " word") == ["word"]


@given(st.text())
def test_tokens_hold_nothing_that_needs_quoting(text: str) -> None:
    assert not {"'", "\\", " ", ":", "&", "|", "!", "\x00"} & set("".join(tokens(text)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You can return it within thirty days of purchase, and the refund is full.", "english"),
        ("Die Rückgabe ist innerhalb von dreißig Tagen möglich und kostet nichts.", "german"),
        ("Le retour est possible dans les trente jours et ne coûte rien.", "french"),
        ("La devolución es posible en los treinta días y no cuesta nada.", "spanish"),
        ("Возврат возможен в течение тридцати дней, и это не стоит ничего.", "russian"),
        ("客户可以在三十天内退货并获得全额退款。", "simple"),
        ("x = 1; y = f(x) + 2", "simple"),
        ("", "simple"),
    ],
)
def test_language_is_told_by_its_small_words(text: str, language: str) -> None:
    assert detect_language(text) == language
