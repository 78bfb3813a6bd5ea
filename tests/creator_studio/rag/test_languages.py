"""Script and language are told from few words."""

import pytest

from agentgrid.creator_studio.rag.text.languages import PLAIN, detect_language, script_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the allowance for a day of travel?", "english"),
        ("Wie hoch ist die Pauschale für den Tag?", "german"),
        ("¿Cuál es la dieta de un día en las ciudades?", "spanish"),
        ("hotel taxi", PLAIN),
        ("", PLAIN),
    ],
)
def test_small_words_tell_the_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Größe und Maß", "latin"),
        ("E-4711", "latin"),
        ("", "latin"),
        ("员工每年有28天带薪假期", "unspaced"),
        ("API 网关的限流策略", "unspaced"),
        ("휴가 일수", "unspaced"),
        ("วันหยุด", "unspaced"),
        ("Сколько дней", "other"),
        ("άδεια", "other"),
        ("एक दिन", "other"),
    ],
)
def test_most_letters_tell_the_script(text: str, script: str) -> None:
    assert script_of(text) == script
