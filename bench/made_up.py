"""A made-up collection of passages, with questions about it whose best answers are known.

Words follow Zipf's law over a made-up vocabulary; vectors lie in clusters of few dimensions,
as those of text do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from agentgrid.creator_studio.core import Vector
from agentgrid.features.knowledge.index.lexical import K1

DIMENSION = 384
INNER_DIMENSION = 32
VOCABULARY = 60_000
WORDS_PER_CHUNK = 130
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def word(number: int) -> str:
    """A pronounceable word, different for each number."""
    letters = ""
    number += len(SYLLABLES)
    while number:
        number, rest = divmod(number, len(SYLLABLES))
        letters += SYLLABLES[rest]
    return letters


@dataclass(frozen=True)
class Shape:
    """How many agents there are, and what each of them has."""

    agents: int
    chunks: int
    chunks_per_file: int


@dataclass(frozen=True)
class Corpus:
    """Chunks as arrays: ``words[i]`` are word numbers, ``vectors[i]`` is of length 1."""

    words: np.ndarray
    vectors: Vector

    @staticmethod
    def make(chunks: int, seed: int) -> "Corpus":
        random = np.random.default_rng(seed)
        topics = max(1, chunks // 200)
        topic = random.integers(0, topics, chunks)
        # Two thirds common words, one third words of the topic.
        shape = (chunks, WORDS_PER_CHUNK)
        common = np.minimum(random.zipf(1.15, shape) - 1, VOCABULARY - 1)
        own = random.integers(200, VOCABULARY, (topics, 150))
        local = np.minimum(random.zipf(1.3, shape) - 1, 149)
        words = np.where(random.random(shape) < 0.66, common, own[topic[:, None], local])
        centres = random.normal(size=(topics, INNER_DIMENSION))
        inner = centres[topic] + 0.7 * random.normal(size=(chunks, INNER_DIMENSION))
        spread = random.normal(size=(INNER_DIMENSION, DIMENSION))
        vectors = inner @ spread + 0.5 * random.normal(size=(chunks, DIMENSION))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Corpus(words=words, vectors=vectors.astype(np.float32))


@dataclass(frozen=True)
class Question:
    agent_id: UUID
    first: int
    """The agent's first chunk; the others follow it."""
    words: tuple[int, ...]
    vector: Vector

    @property
    def text(self) -> str:
        return " ".join(map(word, self.words))


def questions(corpus: Corpus, agents: Sequence[UUID], count: int, seed: int) -> list[Question]:
    """Each asks about one chunk: four of its words among four of the commonest ones."""
    random = np.random.default_rng(seed)
    share = len(corpus.words) // len(agents)
    asked: list[Question] = []
    for row in random.integers(0, share * len(agents), count).tolist():
        own = random.choice(corpus.words[row], 4)
        common = np.minimum(random.zipf(1.15, 4) - 1, VOCABULARY - 1)
        vector = corpus.vectors[row] + 0.03 * random.normal(size=DIMENSION)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        words = tuple(dict.fromkeys([*own.tolist(), *common.tolist()]))
        agent = row // share
        asked.append(Question(agents[agent], agent * share, words, vector))
    return asked


def best_by_words(corpus: Corpus, question: Question, chunks: int, limit: int) -> list[int]:
    """The rows that BM25 over all of the agent's chunks ranks first, by counting.

    All chunks are of one length, so BM25's damping is the same for all.
    """
    rows = corpus.words[question.first : question.first + chunks]
    scores = np.zeros(len(rows))
    for number in question.words:
        frequency = np.count_nonzero(rows == number, axis=1)
        holding = np.count_nonzero(frequency)
        rarity = np.log(1 + (chunks - holding + 0.5) / (holding + 0.5))
        scores += rarity * frequency * (K1 + 1) / (frequency + K1)
    best = np.argsort(-scores, kind="stable")[:limit]
    return [question.first + int(row) for row in best if scores[row] > 0]
