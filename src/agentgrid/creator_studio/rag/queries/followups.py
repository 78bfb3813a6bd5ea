"""Rewrites a question that leans on the one before, by rules: for models too small to ask.

"And standard delivery?" after "How much does express delivery cost?" becomes "How much does
standard delivery cost?". Where no rule finds what the new words stand for, the question is
joined to the one before: a search finds both, and a reader understands it.
"""

# ruff: noqa: RUF001 - the languages' own letters

import re
from collections.abc import Sequence

from agentgrid.creator_studio.core import ChatMessage
from agentgrid.creator_studio.rag.text.terms import terms

MOST_TERMS = 3
"""A question of more content words stands alone, whatever its pronouns refer to."""

_OPENING = re.compile(
    r"^\s*[¿¡]?\s*(?:"
    r"(?:ok(?:ay)?|and|but|so)?[,\s]*(?:what|how) about"
    r"|(?:and|but|or)(?: what(?: about)?| how about)?"
    r"|und was ist mit|was ist mit|wie (?:ist|sieht) es (?:bei|mit|aus mit)|und|aber|oder"
    r"|et (?:pour|qu['’]en est-il (?:de|du|des))|qu['’]en est-il (?:de|du|des)|et|mais|ou"
    r"|y (?:qué hay de|qué pasa con)|qué hay de|qué pasa con|y|pero|o"
    r")(?=[\s,])[,\s]*",
    re.IGNORECASE,
)
_OPENING_CJK = re.compile(r"^(?:那么|那|还有|然后|而)|(?:呢|怎么样)[?？]?$")
_THANKS = re.compile(
    r"^\s*(?:thanks|thank you|danke|vielen dank|merci|gracias|谢谢)", re.IGNORECASE
)
_PERSON = re.compile(
    r"\b(?:he|she|him|her|his|hers|er|ihn|ihm|lui|elle|il|él|ella)\b|[他她]", re.IGNORECASE
)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|one|ones|there|same"
    r"|es|sie|ihr|ihre|ihrer|ihnen|dessen|deren|dort|dafür|davon|damit|darin|dazu|dies|diese\w?|das"
    r"|ils|elles|leur|leurs|cela|ça|celui|celle|ceux|ceci|eux"
    r"|ellos|ellas|lo|eso|esa|ese|esto|esta|este|esos|esas)\b|[它这那其]",
    re.IGNORECASE,
)
_DUMMY = re.compile(
    r"\b(?:is it (?:possible|allowed|ok|okay|true)|is there|are there|does it (?:rain|snow)"
    r"|gibt es|ist es (?:möglich|erlaubt)|est-ce|il y a|y a-t-il|es posible|se puede)\b"
    r"|\b(?:das|es|esta|este|that|this|lo)\s+(?=\w{4,})(?!mean\b|cost\b)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]+(?:[-.'’/][^\W_]+)*")
_NAMED = re.compile(
    r"(?:\b(?:the|der|die|das|le|la|el|los|las)\s+)?"
    r"[A-ZÀ-ÖØ-Ý][\w-]*(?:\s+[A-ZÀ-ÖØ-Ý0-9][\w-]*)*|\b[A-Za-z]+-?\d[\w-]*"
)
_PERSON_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Ý][a-zà-ÿ]+(?:\s+[A-ZÀ-ÖØ-Ý][a-zà-ÿ]+)+")
_END = re.compile(r"[\s?？.!！。]+$")


def standalone(question: str, history: Sequence[ChatMessage]) -> str | None:
    """Return ``question`` in words that need no history, or None when it needs none already.

    ``history`` is older than the question and in order.
    """
    before = _last(history, "user")
    if not before or not leans(question):
        return None
    new = _bare(question)
    if new != _END.sub("", question).strip():
        return _in_place(new, before) or _joined(before, question)
    return _with_referent(question, before, _last(history, "assistant"))


def leans(question: str) -> bool:
    """Whether a question is only understood with the one before, going by its form."""
    if _THANKS.search(question):
        return False
    said = terms(question)
    cjk = bool(re.search(r"[\u3400-\u9fff]", question))
    if _OPENING_CJK.search(question) and len(question) <= 12:
        return True
    if _OPENING.search(question) and len(terms(_bare(question))) <= MOST_TERMS:
        return True
    if not said:
        return bool(question.strip())
    most = 2 * MOST_TERMS if cjk else MOST_TERMS
    plain = _DUMMY.sub(" ", question)
    return len(said) <= most and bool(_PERSON.search(plain) or _THING.search(plain))


def _last(history: Sequence[ChatMessage], role: str) -> str:
    return next((m.content.strip() for m in reversed(history) if m.role == role), "")


def _bare(question: str) -> str:
    """Without "and", "what about" and the question mark."""
    plain = _OPENING_CJK.sub("", _END.sub("", question).strip())
    plain = _OPENING_CJK.sub("", plain)
    return _END.sub("", _OPENING.sub("", plain)).strip()


def _joined(before: str, question: str) -> str:
    return f"{before} {question}"


# --- new words in the place of old ones -------------------------------------------------


def _in_place(new: str, before: str) -> str | None:
    """``before`` with ``new`` in the place of what it stands for; None when that is unclear."""
    if not new or terms(new) == terms(before) or "?" in before[:-1]:
        return None
    fresh = [match.group() for match in _TOKEN.finditer(new)]
    old = list(_TOKEN.finditer(before))
    if not fresh or not old or len(fresh) > 5:
        return None
    for rule in (_by_figure, _by_head, _by_opening_word, _by_form):
        if span := rule(fresh, old):
            start, end = span
            return before[:start] + new + before[end:]
    return None


def _by_figure(fresh: list[str], old: list[re.Match[str]]) -> tuple[int, int] | None:
    """ "E-17" stands for "E-42", "2024" for "2023"."""
    if not any(character.isdigit() for character in "".join(fresh)):
        return None
    numbers = [match for match in old if any(c.isdigit() for c in match.group())]
    if len(numbers) != 1:
        return None
    start, end = numbers[0].span()
    # "room 12" in the place of "room 7", and not of the number alone.
    if len(fresh) > 1:
        index = old.index(numbers[0])
        if index and _alike(old[index - 1].group(), fresh[0]):
            start = old[index - 1].start()
    return start, end


def _by_head(fresh: list[str], old: list[re.Match[str]]) -> tuple[int, int] | None:
    """ "standard delivery" stands for "express delivery": the same noun, another kind."""
    if len(fresh) < 2:
        return None
    for index, match in enumerate(old):
        if terms(match.group()) and _alike(match.group(), fresh[-1]):
            first = max(0, index - len(fresh) + 1)
            return old[first].start(), match.end()
    return None


def _by_opening_word(fresh: list[str], old: list[re.Match[str]]) -> tuple[int, int] | None:
    """ "on Sunday" stands for "on Saturday": the same small word leads to both."""
    if len(fresh) < 2 or terms(fresh[0]):
        return None
    for index in range(len(old) - 1, 0, -1):
        if old[index].group().casefold() == fresh[0].casefold() and index + 1 < len(old):
            last = index + 1
            # The whole phrase goes: up to the next small word.
            while last + 1 < len(old) and terms(old[last + 1].group()):
                last += 1
            return old[index].start(), old[last].end()
    return None


def _by_form(fresh: list[str], old: list[re.Match[str]]) -> tuple[int, int] | None:
    """ "Berlin" stands for "Hamburg" and "pears" for "apples": the last word of its form."""
    sign = _form(fresh[-1])
    candidates = [m for m in old[1:] if terms(m.group()) and _form(m.group()) == sign]
    if not candidates or not sign:
        return None
    match = candidates[-1]
    start, index = match.start(), old.index(match)
    if len(fresh) > 1 and not terms(fresh[0]):
        if terms(old[index - 1].group()):
            return None  # "for" leads to something that is not there yet
        start = old[index - 1].start()
    return start, match.end()


def _form(word: str) -> str:
    if word[:1].isupper():
        return "name"
    return "plural" if word.endswith("s") and len(word) > 3 else ""


def _alike(one: str, other: str) -> bool:
    return terms(one) == terms(other)


# --- what a pronoun stands for ----------------------------------------------------------


def _with_referent(question: str, before: str, answer: str) -> str:
    """``question`` with the name its pronoun stands for, or joined to the one before."""
    person = _PERSON.search(question)
    if person and (names := _PERSON_NAME.findall(f"{before} {answer}")):
        named = question[: person.start()] + names[-1] + question[person.end() :]
        return _joined(before, named)
    named = [match.group() for match in _NAMED.finditer(before) if match.start() > 0]
    things = [name for name in named if terms(name)]
    thing = _THING.search(_DUMMY.sub(lambda match: " " * len(match.group()), question))
    if thing and len(things) == 1 and not _OPENING_CJK.search(question):
        return question[: thing.start()] + things[0] + question[thing.end() :]
    return _joined(before, question)
