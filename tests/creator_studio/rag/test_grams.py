"""Letter groups find parts of compounds and inflected forms."""

import pytest

from agentgrid.creator_studio.rag.text.grams import gram_shares, grams


def test_groups_begin_and_end_at_the_borders_of_words() -> None:
    assert grams("Öl im Tank, Tank") == [" ol ", " im ", " tan", "tank", "ank "]


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("Pauschale", "Die Tagespauschale beträgt 32 €.", "Die Messe beginnt am Montag."),
        ("reembolsar", "Los gastos reembolsables son estos.", "Los gastos del viaje."),
        ("Übernachtungen", "Eine Übernachtung im Hotel", "Ein Frühstück im Hotel"),
        ("отпуск", "дни отпуска", "дни работы"),
        ("STRASSE", "in der Hauptstraße", "in der Stadt"),
    ],
)
def test_the_text_with_the_related_word_has_the_larger_share(
    query: str, better: str, worse: str
) -> None:
    high, low = gram_shares(query, [better, worse])
    assert high > low
    assert 0 <= low <= high <= 1


def test_groups_do_not_reach_from_one_text_into_the_next() -> None:
    assert gram_shares("abcd", ["xxab", "cdxx"]) == [0.0, 0.0]


def test_all_groups_found_is_a_share_of_one() -> None:
    assert gram_shares("hotel", ["ein Hotel", "nichts"]) == [pytest.approx(1), 0.0]


@pytest.mark.parametrize(("query", "texts"), [("", ["a"]), ("?!", ["a", "\0"]), ("a", [])])
def test_nothing_to_compare_gives_shares_of_zero(query: str, texts: list[str]) -> None:
    assert gram_shares(query, texts) == [0.0] * len(texts)
