"""What is said without asking a model, in the language of the question."""

# ruff: noqa: RUF001 - the languages' own quotation marks

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agentgrid.creator_studio.core import RetrievedChunk
from agentgrid.creator_studio.rag.text.terms import TermFinder, terms

Language: TypeAlias = Literal["en", "de", "es", "fr", "zh"]

MOST_NAMED = 3
"""Words of the question named as missing: more would be a list nobody reads."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"[^\W\d_]+")
_NAMEABLE = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")

_SMALL_WORD_LISTS: dict[Language, str] = {
    "en": """the a an is are was were do does did what which who whom when where why how much many
        can could should may must will would in on of for to from with and or not it this that
        i you he she we they my your their about any there be has have""",
    "de": """der die das den dem des ein eine einen einem einer ist sind war wie was wer wen wem wo
        wann warum welche welcher welches wieviel viel viele kann können darf muss gibt es im in
        am an auf für von mit und oder nicht ich du er sie wir ihr mein dein zu zum zur bei nach
        hat haben wird werden kostet""",
    "es": """el la los las un una unos unas es son era qué que cuál cuáles quién quiénes cuándo
        cuánto cuánta cuántos cuántas dónde cómo por para con del de en al y o no yo tú él ella
        se su mi tu hay puede puedo tiene debe está están""",
    "fr": """le la les un une des du de est sont était que quel quelle quels quelles qui quand
        combien où comment pourquoi pour par avec dans sur au aux et ou ne pas je tu il elle
        nous vous ils elles mon ma mes son sa ses ce cette y en peut puis dois faut""",
}
_SMALL_WORDS: dict[Language, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _SMALL_WORD_LISTS.items()
}


@dataclass(frozen=True, slots=True)
class _Phrases:
    not_found: str
    nothing_mentions: str
    """With ``{words}``."""
    either: str
    """Between the last two words."""
    quotes: tuple[str, str]
    no_documents: str
    still_reading: str
    lead: str


_PHRASES: dict[Language, _Phrases] = {
    "en": _Phrases(
        "I could not find this in the documents.",
        "Nothing I found there mentions {words}.",
        " or ",
        ("“", "”"),
        "I have no documents yet that I could answer from.",
        "I am still reading my documents. Ask me again in a moment.",
        "The documents say:",
    ),
    "de": _Phrases(
        "Das konnte ich in den Dokumenten nicht finden.",
        "Nichts, was ich dort gefunden habe, erwähnt {words}.",
        " oder ",
        ("„", "“"),
        "Ich habe noch keine Dokumente, aus denen ich antworten könnte.",
        "Ich lese meine Dokumente noch. Fragen Sie gleich noch einmal.",
        "In den Dokumenten steht:",
    ),
    "es": _Phrases(
        "No he podido encontrar esto en los documentos.",
        "Nada de lo que encontré allí menciona {words}.",
        " ni ",
        ("«", "»"),
        "Todavía no tengo documentos con los que pueda responder.",
        "Todavía estoy leyendo mis documentos. Pregúntame de nuevo en un momento.",
        "Los documentos dicen:",
    ),
    "fr": _Phrases(
        "Je n'ai pas pu trouver cela dans les documents.",
        "Rien de ce que j'y ai trouvé ne mentionne {words}.",
        " ni ",
        ("« ", " »"),
        "Je n'ai pas encore de documents à partir desquels répondre.",
        "Je lis encore mes documents. Reposez la question dans un instant.",
        "Les documents disent :",
    ),
    "zh": _Phrases(
        "我在文档中没有找到相关内容。",
        "我找到的内容都没有提到{words}。",
        "或",
        ("“", "”"),
        "我还没有可以用来回答的文档。",
        "我还在阅读文档，请稍后再问。",
        "文档中写道：",
    ),
}

_SMALL_TALK_LIST = """
    hello hi hey good morning afternoon evening thanks thank you bye goodbye ok okay great
    please welcome nice day how are you doing cheers yes no
    hallo guten tag morgen abend danke vielen dank tschüss bitte servus moin wie geht es dir ihnen
    ja nein gut super alles klar
    hola buenos buenas días tardes noches gracias muchas adiós por favor qué tal cómo estás vale sí
    bonjour bonsoir salut merci beaucoup au revoir s il te vous plaît ça va comment allez oui non
    你好 您好 谢谢 再见 早上好 晚上好 好的
"""
_SMALL_TALK = frozenset(_SMALL_TALK_LIST.split())


def language_of(text: str) -> Language:
    """The language of a question among those with built-in sentences; English in doubt."""
    if _HAN.search(text) and not _KANA.search(text):
        return "zh"
    words = [word.casefold() for word in _WORD.findall(text)]
    hits: dict[Language, int] = {
        language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()
    }
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] > hits["en"] else "en"


def not_found(question: str, read: Sequence[RetrievedChunk] = ()) -> str:
    """Say that the documents are silent, and which words of the question none of them has.

    ``read`` is what the search found all the same.
    """
    phrases = _PHRASES[language_of(question)]
    missing = missing_words(question, read)
    if not missing:
        return phrases.not_found
    opening, closing = phrases.quotes
    quoted = [f"{opening}{word}{closing}" for word in missing]
    *others, last = quoted
    words = phrases.either.join((", ".join(others), last)) if others else last
    space = "" if language_of(question) == "zh" else " "
    return phrases.not_found + space + phrases.nothing_mentions.format(words=words)


def missing_words(question: str, read: Sequence[RetrievedChunk]) -> list[str]:
    """Content words of ``question``, as written, that stand in nothing of ``read``."""
    finder = TermFinder(terms(question))
    held: set[str] = set()
    for source in read:
        chunk = source.chunk
        whole = " ".join((chunk.file_name, *chunk.heading_path, chunk.text))
        held |= finder.found_in(whole)
    words = dict.fromkeys(_NAMEABLE.findall(question))
    missing = [word for word in words if _is_missing(word, held)]
    return missing[:MOST_NAMED]


def _is_missing(word: str, held: set[str]) -> bool:
    # Writing without spaces has no words that could be named.
    if any(word.casefold() in small for small in _SMALL_WORDS.values()):
        return False
    meant = terms(word)
    return bool(meant) and not _HAN.search(word) and not held.intersection(meant)


def no_documents(question: str) -> str:
    return _PHRASES[language_of(question)].no_documents


def still_reading(question: str) -> str:
    return _PHRASES[language_of(question)].still_reading


def lead(question: str) -> str:
    """What introduces the documents' own words."""
    return _PHRASES[language_of(question)].lead


def is_small_talk(text: str) -> bool:
    """Whether every word is of a greeting, thanks or the like, in one of the languages."""
    words = [word.casefold() for word in _WORD.findall(text)]
    return all(word in _SMALL_TALK for word in words)
