"""Every rerank service scores passages in the order given, and fails in our own words."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from agentgrid.creator_studio.core import (
    CredentialsRejected,
    ModelError,
    ModelTimeout,
    RateLimited,
    ResponseMalformed,
)
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.reranking.services import (
    RerankProvider,
    RerankService,
    RerankTarget,
    ServiceReranker,
)
from tests.creator_studio.rag.passages import passage
from tests.fakes.rerank_server import RerankServer

PROVIDERS: list[RerankProvider] = ["cohere", "voyage", "jina", "openai_compatible"]
PASSAGES = ["cats stay home", "dogs are welcome on fridays", "dogs"]
QUESTION = "are dogs welcome"


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> RerankProvider:
    return request.param


@pytest.fixture
async def server(provider: RerankProvider) -> AsyncGenerator[RerankServer]:
    async with RerankServer("data" if provider == "voyage" else "results") as server:
        yield server


@pytest.fixture
async def service(provider: RerankProvider, server: RerankServer) -> AsyncGenerator[RerankService]:
    target = RerankTarget(provider, "rank-1", "rk-secret-key", server.url)
    async with aiohttp.ClientSession() as http:
        yield RerankService(target, http, timeout_seconds=0.2)


async def test_each_passage_gets_its_score_in_the_order_given(
    service: RerankService, server: RerankServer, provider: RerankProvider
) -> None:
    assert await service.scores(QUESTION, PASSAGES) == [0.0, 0.3, 0.1]
    path, headers, body = server.received[0]
    assert path == "/v1/rerank"
    assert headers["authorization"] == "Bearer rk-secret-key"
    assert (body["model"], body["query"], body["documents"]) == ("rank-1", QUESTION, PASSAGES)
    assert body["top_k" if provider == "voyage" else "top_n"] == 3
    assert service.model == f"{provider}/rank-1"


async def test_nothing_is_asked_about_nothing(service: RerankService, server: RerankServer) -> None:
    assert await service.scores(QUESTION, []) == []
    assert server.received == []


@pytest.mark.parametrize(("status", "error"), [(401, CredentialsRejected), (429, RateLimited)])
async def test_refusals_are_named_without_the_key(
    service: RerankService, server: RerankServer, status: int, error: type[ModelError]
) -> None:
    server.status = status
    with pytest.raises(error) as raised:
        await service.scores(QUESTION, PASSAGES)
    assert "rk-secret" not in str(raised.value)


async def test_a_service_that_is_silent_is_given_up(
    service: RerankService, server: RerankServer
) -> None:
    server.silent = True
    with pytest.raises(ModelTimeout):
        await service.scores(QUESTION, PASSAGES)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"results": 3, "data": 3}',
        b'{"results": [], "data": []}',
        b'{"results": [{"index": 0}], "data": [{"index": 0}]}',
        b'{"results": [{"index": 7, "relevance_score": 1}], '
        b'"data": [{"index": 7, "relevance_score": 1}]}',
    ],
)
async def test_an_answer_without_a_score_for_each_is_malformed(
    service: RerankService, server: RerankServer, answer: bytes
) -> None:
    server.answer = answer
    with pytest.raises(ResponseMalformed):
        await service.scores(QUESTION, PASSAGES)


class TestReranker:
    CANDIDATES = (
        passage("cats stay home", score=2.0, dense=0.8, lexical=4.0),
        passage("dogs are welcome on fridays", score=0.5, dense=0.1, lexical=0.5),
    )

    async def test_the_service_orders_and_the_confidence_stays(
        self, service: RerankService
    ) -> None:
        local = ConfidenceReranker()
        before = await local.rerank(QUESTION, self.CANDIDATES, limit=2)
        ranked = await ServiceReranker(local, service).rerank(QUESTION, self.CANDIDATES, limit=2)
        assert before[0].chunk.text == "cats stay home"
        assert ranked[0].chunk.text == "dogs are welcome on fridays"
        assert [each.rerank_score for each in ranked] == [0.3, 0.0]
        assert {each.confidence for each in ranked} == {each.confidence for each in before}

    async def test_its_failure_leaves_the_local_order(
        self, service: RerankService, server: RerankServer
    ) -> None:
        server.status = 500
        ranked = await ServiceReranker(ConfidenceReranker(), service).rerank(
            QUESTION, self.CANDIDATES, limit=1
        )
        assert [each.chunk.text for each in ranked] == ["cats stay home"]
