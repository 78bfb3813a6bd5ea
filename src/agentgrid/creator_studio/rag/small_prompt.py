"""The prompt for models of a few hundred million parameters.

Such a model reads two or three sentences well and a page badly. So it gets the sentences
that share most with the question, an example of what an answer looks like, and nothing
else.
"""

import math
from collections.abc import Sequence

from agentgrid.creator_studio.core import ChatMessage, RetrievedChunk
from agentgrid.creator_studio.rag.sentences import sentence_spans
from agentgrid.creator_studio.rag.terms import terms

PASSAGES = 3
SENTENCES = 2

INSTRUCTION_CHARACTERS = 400

NOT_FOUND = "I could not find this in the documents."
"""Said without asking the model: one so small invents an answer, whatever it is told."""

SMALL_TALK_TERMS = 2

_EXAMPLE = (
    ChatMessage(
        "user",
        "Text:\nThe library opens at 9:00 and closes at 18:30. On Sundays it stays closed.\n\n"
        "Question: When does the library close?\nAnswer with the words of the text.",
    ),
    ChatMessage("assistant", "The library closes at 18:30."),
)


def small_question(
    instruction: str, question: str, sources: Sequence[RetrievedChunk]
) -> tuple[ChatMessage, ...]:
    """Return the messages for a question with its ``sources``, best first."""
    if sources:
        text = best_sentences(question, sources)
        asked = f"Text:\n{text}\n\nQuestion: {question}\nAnswer with the words of the text."
        return (*_EXAMPLE, ChatMessage("user", asked))
    system = instruction.strip()[:INSTRUCTION_CHARACTERS]
    lead = (ChatMessage("system", system),) if system else ()
    return (*lead, ChatMessage("user", question))


def asks_for_facts(question: str) -> bool:
    """Whether this is more than a greeting or thanks, going by its form alone."""
    return any(mark in question for mark in "?？؟") or len(terms(question)) > SMALL_TALK_TERMS  # noqa: RUF001


def best_sentences(question: str, sources: Sequence[RetrievedChunk]) -> str:
    """Return the sentences of the best passages that share most with the question, in order.

    Words count by their rarity among the sentences; a passage's headings count half, and
    each step down the ranking costs a quarter of a word.
    """
    asked = set(terms(question))
    places: list[tuple[int, int, str, set[str], set[str]]] = []
    for rank, source in enumerate(sources[:PASSAGES]):
        chunk = source.chunk
        headed = set(terms(" ".join(chunk.heading_path[-2:])))
        for start, end in sentence_spans(chunk.text):
            sentence = chunk.text[start:end]
            places.append((rank, start, sentence, set(terms(sentence)), headed))
    rarity = {
        term: math.log(1 + len(places) / (0.5 + sum(term in p[3] | p[4] for p in places)))
        for term in asked
    }

    def value(place: tuple[int, int, str, set[str], set[str]]) -> float:
        rank, _, _, words, headed = place
        said = sum(rarity[term] for term in asked & words)
        return said + 0.5 * sum(rarity[term] for term in asked & headed) - 0.25 * rank

    chosen = sorted(places, key=value, reverse=True)[:SENTENCES]
    return " ".join(place[2] for place in sorted(chosen, key=lambda place: place[:2]))
