"""What a full-answer check counts as right, cited and silent."""

from pathlib import Path

import msgspec
import pytest

from bench.answers import Case, Result, Summary, holds, own_cases, own_documents, sampled


def result(
    content: str, *, answers: tuple[str, ...] = ("28 days",), passages: tuple[str, ...] = ()
) -> Result:
    return Result(Case(["Q?"], list(answers)), content, list(passages), "full", 1.0)


@pytest.mark.parametrize(
    ("text", "answer", "held"),
    [
        ("You have **28  days**.", "28 days", True),
        ("| Leave | 28 days |", "leave 28 days", True),
        ("ＡＢＣ", "abc", True),  # noqa: RUF001
        ("You have 29 days.", "28 days", False),
    ],
)
def test_form_and_case_do_not_count(text: str, answer: str, *, held: bool) -> None:
    assert holds(text, [answer]) == held


def test_shares_are_of_their_own_kind_of_question() -> None:
    summary = Summary(
        [
            result("You have 28 days [1].", passages=("28 days of leave",)),
            result("You have 30 days [1].", passages=("28 days of leave",)),
            result("I could not find this in the documents."),
            result("It is 7.", answers=(), passages=("7 days",)),
            result("Das konnte ich in den Dokumenten nicht finden.", answers=()),
        ]
    )
    assert summary.share("correct") == pytest.approx(1 / 3)
    assert summary.share("cited") == pytest.approx(2 / 3)
    assert summary.share("silent") == pytest.approx(1 / 3)
    assert summary.share("false") == 0.5
    assert [each.good for each in summary.results] == [True, False, False, False, True]


def test_every_labelled_answer_stands_in_a_document() -> None:
    whole = "\n".join(document.text for document in own_documents())
    for case in own_cases():
        assert not case.answers or holds(whole, case.answers), case


def test_a_set_in_beir_form_gives_documents_and_both_kinds_of_questions(tmp_path: Path) -> None:
    def write(name: str, *rows: dict[str, object]) -> None:
        lines = b"\n".join(msgspec.json.encode(row) for row in rows)
        (tmp_path / name).write_bytes(lines)

    write("corpus.jsonl", {"_id": "d1", "title": "Leave", "text": "28 days."})
    write(
        "queries.jsonl",
        {"_id": "q1", "text": "How many days?", "answers": ["28"]},
        {"_id": "q2", "text": "Of nothing here?", "answers": ["1"]},
    )
    write("unanswerable.jsonl", {"_id": "u1", "text": "How many cats?", "near": "d1"})
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\tx\t1\n"
    )
    documents, cases = sampled(tmp_path)
    assert [document.name for document in documents] == ["Leave.md"]
    answerable = [case for case in cases if case.answers]
    assert [case.ask for case in answerable] == [["How many days?"]]
    assert [case.ask for case in cases if not case.answers] == [["How many cats?"]]
