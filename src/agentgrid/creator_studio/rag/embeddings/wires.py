"""The wire formats of embedding services: one class each."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec
from yarl import URL

from agentgrid.creator_studio.rag.embeddings.api import ApiEmbedder
from agentgrid.creator_studio.rag.embeddings.guard import Purpose

# --- OpenAI, and everything that speaks its format --------------------------------------


class _OpenAiRequest(msgspec.Struct, omit_defaults=True):
    model: str
    input: list[str]
    encoding_format: str = ""
    input_type: str = ""
    dimensions: int | None = None
    output_dimension: int | None = None


class _Item(msgspec.Struct):
    index: int
    embedding: list[float]


class _OpenAiUsage(msgspec.Struct):
    prompt_tokens: int | None = None
    total_tokens: int | None = None


class _OpenAiAnswer(msgspec.Struct):
    data: list[_Item]
    usage: _OpenAiUsage | None = None


class OpenAiEmbedder(ApiEmbedder):
    """``/embeddings`` of OpenAI, Ollama, vLLM and others."""

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/embeddings")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        del purpose
        return _OpenAiRequest(
            self._target.model,
            list(texts),
            encoding_format="float",
            dimensions=self._asked_dimension,
        )

    def vectors(self, body: bytes) -> tuple[list[list[float]], int | None]:
        answer = msgspec.json.decode(body, type=_OpenAiAnswer)
        items = sorted(answer.data, key=lambda item: item.index)
        usage = answer.usage or _OpenAiUsage()
        tokens = usage.prompt_tokens if usage.prompt_tokens is not None else usage.total_tokens
        return [item.embedding for item in items], tokens


class MistralEmbedder(OpenAiEmbedder):
    """Mistral: OpenAI's format, with a name of its own for the dimension."""

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        del purpose
        return _OpenAiRequest(
            self._target.model, list(texts), output_dimension=self._asked_dimension
        )


class VoyageEmbedder(OpenAiEmbedder):
    """Voyage AI: OpenAI's format, with the purpose of the text."""

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        return _OpenAiRequest(
            self._target.model,
            list(texts),
            input_type="query" if purpose == "query" else "document",
            output_dimension=self._asked_dimension,
        )


# --- Cohere ---------------------------------------------------------------------------


class _CohereRequest(msgspec.Struct, omit_defaults=True):
    model: str
    texts: list[str]
    input_type: str
    embedding_types: list[str]
    output_dimension: int | None = None


class _CohereVectors(msgspec.Struct):
    float_: list[list[float]] = msgspec.field(name="float")


class _CohereUnits(msgspec.Struct):
    input_tokens: float | None = None


class _CohereMeta(msgspec.Struct):
    billed_units: _CohereUnits = msgspec.field(default_factory=_CohereUnits)


class _CohereAnswer(msgspec.Struct):
    embeddings: _CohereVectors
    meta: _CohereMeta = msgspec.field(default_factory=_CohereMeta)


class CohereEmbedder(ApiEmbedder):
    """``/v2/embed`` of Cohere."""

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/embed")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        return _CohereRequest(
            self._target.model,
            list(texts),
            "search_query" if purpose == "query" else "search_document",
            ["float"],
            output_dimension=self._asked_dimension,
        )

    def vectors(self, body: bytes) -> tuple[list[list[float]], int | None]:
        answer = msgspec.json.decode(body, type=_CohereAnswer)
        tokens = answer.meta.billed_units.input_tokens
        return answer.embeddings.float_, None if tokens is None else round(tokens)


# --- Google ---------------------------------------------------------------------------


class _Part(msgspec.Struct):
    text: str


class _Content(msgspec.Struct):
    parts: list[_Part]


class _GoogleText(msgspec.Struct, rename="camel", omit_defaults=True):
    model: str
    content: _Content
    task_type: str = ""
    output_dimensionality: int | None = None


class _GoogleRequest(msgspec.Struct):
    requests: list[_GoogleText]


class _Values(msgspec.Struct):
    values: list[float]


class _GoogleUsage(msgspec.Struct, rename="camel"):
    prompt_token_count: int | None = None


class _GoogleAnswer(msgspec.Struct, rename="camel"):
    embeddings: list[_Values]
    usage_metadata: _GoogleUsage = msgspec.field(default_factory=_GoogleUsage)


class GoogleEmbedder(ApiEmbedder):
    """``batchEmbedContents`` of the Gemini API.

    Models since the second generation take what a text is for as words in front of it, the
    ones before as a field beside it.
    """

    _TASKS: ClassVar[Mapping[Purpose, str]] = {
        "passage": "RETRIEVAL_DOCUMENT",
        "query": "RETRIEVAL_QUERY",
    }
    _PREFIXES: ClassVar[Mapping[Purpose, str]] = {
        "passage": "title: none | text: ",
        "query": "task: search result | query: ",
    }

    def headers(self, api_key: str) -> Mapping[str, str]:
        return {"x-goog-api-key": api_key}

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/models/{self._target.model}:batchEmbedContents")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        model = self._target.model
        in_words = model.startswith(_SECOND_GENERATION)
        prefix = self._PREFIXES[purpose] if in_words else ""
        return _GoogleRequest(
            [
                _GoogleText(
                    f"models/{model}",
                    _Content([_Part(prefix + text)]),
                    "" if in_words else self._TASKS[purpose],
                    self._asked_dimension,
                )
                for text in texts
            ]
        )

    def vectors(self, body: bytes) -> tuple[list[list[float]], int | None]:
        answer = msgspec.json.decode(body, type=_GoogleAnswer)
        tokens = answer.usage_metadata.prompt_token_count
        return [each.values for each in answer.embeddings], tokens


_SECOND_GENERATION: Final = "gemini-embedding-2"
