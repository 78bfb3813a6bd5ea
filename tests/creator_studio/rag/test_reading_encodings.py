"""Text is decoded whatever it was written in."""

import pytest

from agentgrid.creator_studio.rag.extraction.encodings import decode
from tests.creator_studio.rag.reading import read

GERMAN = "Die Größe des Gebäudes beträgt über 40 Meter (das heißt: „genug“ für alle)."
CHINESE = "每位员工每年享有二十八天带薪休假。申请须提前两周提交给主管。"
JAPANESE = "従業員は年に二十八日の休暇を取ることができます。申請は二週間前に提出してください。"
RUSSIAN = "Отпуск предоставляется каждому сотруднику ежегодно. Заявление подаётся за две недели."

SENTENCES = [
    ("cp1252", GERMAN),
    ("cp1252", "La señora Núñez llegó por la mañana. ¿Qué pasó después? Fête à Noël, garçon."),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Zażółć gęślą jaźń."),
    ("cp1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("cp1253", "Η άδεια χορηγείται σε κάθε εργαζόμενο κάθε χρόνο."),  # noqa: RUF001
    ("cp1254", "Her çalışana yılda yirmi sekiz gün izin verilir. Başvuru iki hafta önce yapılır."),  # noqa: RUF001
    ("cp1255", "כל עובד זכאי לעשרים ושמונה ימי חופשה בשנה. יש להגיש בקשה שבועיים מראש."),
    ("cp1256", "يحق لكل موظف الحصول على ثمانية وعشرين يومًا من الإجازة السنوية."),
    ("shift_jis", JAPANESE),
    ("euc-jp", JAPANESE),
    ("gb18030", CHINESE),
    ("big5", "每位員工每年享有二十八天帶薪休假。申請須提前兩週提交給主管。"),
    (
        "euc-kr",
        "모든 직원은 매년 이십팔일의 휴가를 받을 수 있습니다. 신청서를 내십시오.",
    ),
    ("utf-16-le", CHINESE),
    ("utf-16-be", CHINESE),
    ("utf-16-le", GERMAN),
    ("utf-8", CHINESE),
]


@pytest.mark.parametrize("times", [1, 50])
@pytest.mark.parametrize(("encoding", "text"), SENTENCES)
def test_text_without_a_mark_is_decoded(encoding: str, text: str, times: int) -> None:
    whole = "\n".join([text] * times)
    assert decode(whole.encode(encoding)) == whole


@pytest.mark.parametrize(("encoding", "text"), SENTENCES)
def test_text_in_any_encoding_is_a_document(encoding: str, text: str) -> None:
    assert read(text.encode(encoding), "x.txt").text == text


def test_a_web_page_is_decoded_as_it_says() -> None:
    page = f'<html><head><meta charset="shift_jis"></head><body><p>{JAPANESE}</p></body></html>'
    assert JAPANESE in read(page.encode("shift_jis"), "x.html").text


def test_a_few_damaged_bytes_do_not_change_the_encoding() -> None:
    damaged = (CHINESE * 5).encode() + b"\xff\xfe" + CHINESE.encode()
    assert decode(damaged).startswith(CHINESE)
