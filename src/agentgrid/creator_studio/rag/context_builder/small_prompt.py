"""The prompt for models of a few hundred million parameters.

Such a model reads two sentences well and a page badly. So it gets the two sentences that
share most with the question, and nothing else: no instruction, no rules, no history.

Tried with SmolLM2-135M-Instruct (Q4, temperature 0) on a handbook of eleven sections and
sixteen questions: two whole passages 3 to 7 right, the best passage 10, its two best
sentences 12. Examples of answers did not help (5 to 9): their words leak into the answer.
The chosen sentences held the answer sixteen times, which is why an answer that they do not
support gives way to them (``context_builder.cite``): then all sixteen are right. On sixty
questions of SQuAD 2.0, looked at only once: the model's own words 24 right, what ``cite``
makes of them 39, the chosen sentences hold it 46 times.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from agentgrid.creator_studio.core import ChatMessage, RetrievedChunk
from agentgrid.creator_studio.rag.context_builder.quoting import as_data
from agentgrid.creator_studio.rag.text.markdown import blocks_of
from agentgrid.creator_studio.rag.text.sentences import sentence_spans
from agentgrid.creator_studio.rag.text.terms import terms

PASSAGES = 2
SENTENCES = 2
RANK_PENALTY = 1.0
"""What each step down the ranking costs, in weights of words: the first passage is mostly
the right one, and a stray sentence from the next misleads more than it helps."""
VALUE_SHARE = 0.25
"""A sentence worth less than this share of the best one is left out."""

INSTRUCTION_CHARACTERS = 400

SMALL_TALK_TERMS = 2


def small_question(
    instruction: str, question: str, sources: Sequence[RetrievedChunk]
) -> tuple[ChatMessage, ...]:
    """Return the messages for a question with its ``sources``, best first."""
    if sources:
        text = as_data(best_sentences(question, sources))
        asked = f"Context: {text}\nQuestion: {question}\nAnswer:"
        return (ChatMessage("user", asked),)
    system = instruction.strip()[:INSTRUCTION_CHARACTERS]
    lead = (ChatMessage("system", system),) if system else ()
    return (*lead, ChatMessage("user", question))


def asks_for_facts(question: str) -> bool:
    """Whether this is more than a greeting or thanks, going by its form alone."""
    return any(mark in question for mark in "?？؟") or len(terms(question)) > SMALL_TALK_TERMS  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence of a passage: its rank, where it begins, and the words around it."""

    rank: int
    start: int
    sentence: str
    words: frozenset[str]
    headed: frozenset[str]


def best_sentences(question: str, sources: Sequence[RetrievedChunk]) -> str:
    """Return the sentences of the best passages that share most with the question, in order.

    Words count by their rarity among the sentences of all sources; those of the nearest
    headings count half.
    """
    places = [place for rank, source in enumerate(sources) for place in _places(rank, source)]
    rarity = {
        term: math.log(1 + len(places) / (0.5 + sum(term in p.words | p.headed for p in places)))
        for term in set(terms(question))
    }

    def value(place: _Place) -> float:
        said = sum(weight for term, weight in rarity.items() if term in place.words)
        headed = sum(weight for term, weight in rarity.items() if term in place.headed)
        return said + 0.5 * headed - RANK_PENALTY * place.rank

    near = [place for place in places if place.rank < PASSAGES]
    best = sorted(near, key=value, reverse=True)[:SENTENCES]
    chosen = [p for p in best if p is best[0] or value(p) >= VALUE_SHARE * value(best[0])]
    return " ".join(p.sentence for p in sorted(chosen, key=lambda p: (p.rank, p.start)))


def _places(rank: int, source: RetrievedChunk) -> list[_Place]:
    chunk = source.chunk
    headed = frozenset(terms(" ".join(chunk.heading_path[-1:])))
    return [
        _Place(rank, start, text, frozenset(terms(text)), headed)
        for start, text in _readable(chunk.text)
    ]


def _readable(text: str) -> Iterator[tuple[int, str]]:
    """Where each sentence begins, and the sentence; a row of a table becomes one."""
    for block in blocks_of(text):
        if block.kind == "table":
            yield from _rows(text, block.start, block.end)
        elif block.kind != "heading":
            for start, end in sentence_spans(text, block.start, block.end):
                yield start, text[start:end]


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """ "Code: E-17; Meaning: Spindle blocked." for a row under its header."""
    header: list[str] | None = None
    for line in text[start:end].splitlines(keepends=True):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if header is None:
            header = cells
        elif any(set(cell) - set(":- ") for cell in cells):
            named = [
                f"{name}: {cell}" if name else cell
                for name, cell in zip_longest(header, cells, fillvalue="")
                if cell
            ]
            yield start, "; ".join(named) + "."
        start += len(line)
