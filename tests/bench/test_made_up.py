"""The made-up collection: the same each time, and its best answers found by counting."""

import math

import numpy as np

from agentgrid.kit.db import new_id
from bench.made_up import VOCABULARY, Corpus, Question, best_by_words, questions, word


def test_a_seed_gives_the_same_collection_each_time() -> None:
    one, other = Corpus.make(400, seed=3), Corpus.make(400, seed=3)
    assert np.array_equal(one.words, other.words)
    assert np.array_equal(one.vectors, other.vectors)


def test_vectors_have_length_one() -> None:
    lengths = np.linalg.norm(Corpus.make(400, seed=3).vectors, axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)


def test_every_word_of_the_vocabulary_is_written_differently() -> None:
    assert len({word(number) for number in range(VOCABULARY)}) == VOCABULARY


def test_a_question_is_asked_of_the_agent_whose_chunk_it_is_about() -> None:
    corpus = Corpus.make(400, seed=3)
    agents = [new_id(), new_id()]
    for question in questions(corpus, agents, 20, seed=4):
        own = corpus.words[question.first : question.first + 200]
        assert question.first == 200 * agents.index(question.agent_id)
        assert np.isin(question.words, own).any()


def _question(first: int, *words: int) -> Question:
    return Question(new_id(), first, words, np.zeros(384, np.float32))


def test_the_best_by_words_hold_the_rare_word_most_often() -> None:
    words = np.array([[1, 2, 2, 1], [1, 2, 1, 1], [1, 1, 1, 1], [5, 5, 5, 5]])
    corpus = Corpus(words=words, vectors=np.zeros((4, 384), np.float32))
    assert best_by_words(corpus, _question(0, 2), 3, 10) == [0, 1]
    assert best_by_words(corpus, _question(3, 2), 1, 10) == []


def test_the_score_is_that_of_the_formula() -> None:
    # Word 2 is in two of three chunks, word 7 in one: 7 once outweighs 2 twice.
    words = np.array([[2, 2, 0, 0], [7, 0, 0, 0], [2, 0, 0, 0]])
    corpus = Corpus(words=words, vectors=np.zeros((3, 384), np.float32))
    two, seven = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    assert seven * 2.2 / 2.2 > two * 2 * 2.2 / 3.2 > two
    assert best_by_words(corpus, _question(0, 2, 7), 3, 10) == [1, 0, 2]
