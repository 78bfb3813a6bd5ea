"""How much each kind of evidence counts for a query: by its language and by what is searched.

A passage's fused score is the sum of four pieces of evidence, each on a scale of its own that
does not depend on the other candidates: the cosine, BM25 as a share of the most it could be,
the share of the query's words that occur, and the share of their letter groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agentgrid.creator_studio.core import IndexedChunk
from agentgrid.creator_studio.rag.text.languages import PLAIN, detect_language, script_of

ENGLISH_MODELS: Final = ("all-minilm", "wordllama", "nomic-embed-text", "mxbai-embed-large")
"""Beginnings of the names of embedding models that were trained on English."""


@dataclass(frozen=True, slots=True)
class LegWeights:
    dense: float
    lexical: float
    """Of ``ChunkScores.lexical_share``."""
    terms: float
    """Of ``ChunkScores.term_share``."""
    grams: float
    """Of the share of letter groups; 0 where they are not looked for."""
    trust: float = 1.0
    """How far the embedding model knows the language; in 0..1."""


# Chosen on four English sets, one Spanish and one Chinese, with the even and the odd
# questions of each apart: what is here was ahead in both halves (of DBpedia's 40 questions
# in all of them and in one half). English passages of a usual length:
LONG: Final = LegWeights(dense=1.0, lexical=0.5, terms=0.4, grams=0.0)
SHORT: Final = LegWeights(dense=3.2, lexical=0.0, terms=0.6, grams=0.0)
"""In a sentence or two each word occurs once, so its frequency says nothing, and a synonym
misses it: meaning counts for more."""
SHORT_CHARACTERS: Final = 290
LONG_CHARACTERS: Final = 560

SPACED: Final = LegWeights(dense=0.3, lexical=0.5, terms=0.2, grams=0.4, trust=0.3)
"""Another language in Latin script. Letter groups find parts of compounds and inflected
forms that stemmers miss. An English model knows names and loan words, little else."""
FOREIGN: Final = LegWeights(dense=0.1, lexical=0.5, terms=0.2, grams=0.4, trust=0.1)
"""Another alphabet, of which an English model sees single letters."""
UNSPACED: Final = LegWeights(dense=0.1, lexical=1.0, terms=0.0, grams=0.0, trust=0.1)
"""Pairs of characters are the words here, and already overlap."""

_LOOKED_AT = 8
_CHARACTERS = 600


def weigh(query: str, candidates: Sequence[IndexedChunk], model: str) -> LegWeights:
    """The weights for one query, given what it found and the embedding model's name."""
    script = script_of(query)
    if script == "latin" and _is_english(query, candidates):
        return _by_length(candidates)
    base = {"latin": SPACED, "other": FOREIGN, "unspaced": UNSPACED}[script]
    # Models of services are named after them: ``ollama/nomic-embed-text@768``.
    if model.lower().rpartition("/")[2].startswith(ENGLISH_MODELS):
        return base
    return LegWeights(LONG.dense, base.lexical, base.terms, base.grams)


def _is_english(query: str, candidates: Sequence[IndexedChunk]) -> bool:
    """The query's own small words decide; when there are none, what was found does."""
    language = detect_language(query)
    if language == PLAIN:
        found = " ".join(chunk.text[:_CHARACTERS] for chunk in candidates[:_LOOKED_AT])
        language = detect_language(found)
    return language in {"english", PLAIN}


def _by_length(candidates: Sequence[IndexedChunk]) -> LegWeights:
    lengths = [len(chunk.text) for chunk in candidates]
    mean = sum(lengths) / max(1, len(lengths))
    share = (mean - SHORT_CHARACTERS) / (LONG_CHARACTERS - SHORT_CHARACTERS)
    share = min(1.0, max(0.0, share))
    return LegWeights(
        dense=share * LONG.dense + (1 - share) * SHORT.dense,
        lexical=share * LONG.lexical + (1 - share) * SHORT.lexical,
        terms=share * LONG.terms + (1 - share) * SHORT.terms,
        grams=0.0,
    )
