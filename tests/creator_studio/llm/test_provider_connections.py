"""Addresses, keys and error words: the small rules round a connection."""

from datetime import UTC, datetime

import aiohttp
import pytest

from agentgrid.creator_studio.core import (
    CredentialsRejected,
    ModelNotConfigured,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
)
from agentgrid.creator_studio.llm.connection import ProviderConnection, checked_base_url
from agentgrid.creator_studio.llm.failures import (
    Subject,
    read_failure,
    read_retry_after,
    to_error,
)
from agentgrid.creator_studio.llm.profiles import LOCAL_PROFILE, profile_of
from agentgrid.creator_studio.llm.providers import PROVIDERS, make_chat_model
from agentgrid.creator_studio.llm.schemas import closed_schema, is_strict

SUBJECT = Subject("openai", "OpenAI", "m", "sk-secret")


@pytest.mark.parametrize(
    ("provider", "typed", "used"),
    [
        ("openai", "", "https://api.openai.com/v1"),
        ("openai_compatible", " http://gpu:8000 ", "http://gpu:8000/v1"),
        ("openai_compatible", "http://gpu:8000/v1/chat/completions", "http://gpu:8000/v1"),
        ("openai_compatible", "http://[::1]:8000/v1/", "http://[::1]:8000/v1"),
        ("openai_compatible", "https://x.org/api/openai", "https://x.org/api/openai"),
        ("anthropic", "https://proxy.org", "https://proxy.org/v1"),
        ("google", "https://proxy.org/", "https://proxy.org/v1beta"),
    ],
)
def test_an_address_is_brought_into_form(provider: str, typed: str, used: str) -> None:
    assert checked_base_url(typed, PROVIDERS[provider]) == used


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "needs a base URL"),
        ("gpu:8000", "must start with http"),
        ("ftp://gpu", "must start with http"),
        ("http://", "must start with http"),
        ("http://me:secret@gpu/v1", "key field"),
        ("http://gpu/v1?key=1", "query"),
        ("http://gpu:99999/v1", "not a valid address"),
        ("http://169.254.169.254/latest", "Link-local"),
        ("http://[fe80::1]/v1", "Link-local"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_a_reason(typed: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_base_url(typed, PROVIDERS["openai_compatible"])


def test_a_key_does_not_show_when_a_connection_is_printed() -> None:
    assert "secret" not in repr(ProviderConnection("openai", "", "sk-secret"))


@pytest.mark.parametrize(
    ("connection", "reason"),
    [
        (ProviderConnection("openai"), "needs an API key"),
        (ProviderConnection("openai", api_key="   "), "needs an API key"),
        (ProviderConnection("openai", api_key="sk-\r\nx: y"), "characters no key has"),
        (ProviderConnection("openai_compatible"), "needs a base URL"),
        (ProviderConnection("clippy"), "no provider 'clippy'"),
    ],
)
async def test_a_connection_that_cannot_work_is_refused_before_any_call(
    connection: ProviderConnection, reason: str
) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ModelNotConfigured, match=reason):
            make_chat_model(connection, http)


def test_every_catalog_row_can_be_reached_or_asks_for_its_address() -> None:
    for identifier, row in PROVIDERS.items():
        assert identifier == row.id
        if row.default_base_url:
            assert checked_base_url("", row) == row.default_base_url


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
    assert read_retry_after(headers, now) == seconds


def test_googles_retry_delay_is_read_from_the_body() -> None:
    body = b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"37s"}]}}'
    error = to_error(read_failure(body, status=429), SUBJECT)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 37.0


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>Bad gateway</html>", 502, ModelUnavailable),
        (b'{"error":"model is loading"}', 503, ModelUnavailable),
        (b'{"detail":[{"msg":"x"}]}', 504, ModelTimeout),
        (b'[{"error":{"code":403,"message":"no"}}]', 403, CredentialsRejected),
        (b'{"error":{"code":429,"message":"slow"}}', None, RateLimited),
        (b'{"type":"error","error":{"type":"rate_limit_error"}}', None, RateLimited),
        (b'{"error":{"type":"timeout_error"}}', None, ModelTimeout),
        (b"\xff\xfe", None, ModelUnavailable),
        (b'"just text"', None, ModelUnavailable),
    ],
)
def test_error_bodies_of_every_shape_are_placed(
    body: bytes, status: int | None, kind: type[Exception]
) -> None:
    assert type(to_error(read_failure(body, status=status), SUBJECT)) is kind


@pytest.mark.parametrize(
    ("provider", "model", "length", "sampling", "tools"),
    [
        ("openai", "gpt-6.2-sol", 1_000_000, False, True),
        ("openai", "gpt-5-mini", 400_000, False, True),
        ("openai", "gpt-4o-2024-11-20", 128_000, True, True),
        ("openai", "o3", 200_000, False, True),
        ("anthropic", "claude-sonnet-5-5", 1_000_000, False, True),
        ("anthropic", "claude-sonnet-4-5-20250929", 200_000, True, True),
        ("openrouter", "anthropic/claude-opus-4.7", 1_000_000, False, True),
        ("google", "gemini-3.5-flash", 1_000_000, True, True),
        ("groq", "openai/gpt-oss-120b", 131_072, True, True),
        ("deepseek", "deepseek-v4-pro", 1_000_000, True, True),
        ("openrouter", "mistralai/mistral-small-2603:free", 128_000, True, True),
        ("ollama", "llama3.2:3b", 4096, True, True),
        ("openai_compatible", "my-own-model", 8192, True, False),
    ],
)
def test_families_are_recognised_and_the_unknown_is_treated_with_care(
    provider: str, model: str, length: int, sampling: bool, tools: bool
) -> None:
    profile = profile_of(provider, model)
    assert (profile.context_length, profile.sampling, profile.tools) == (length, sampling, tools)
    assert profile.max_output_tokens < profile.context_length


def test_the_bundled_model_is_small() -> None:
    assert profile_of("local", "anything") is LOCAL_PROFILE
    assert LOCAL_PROFILE.small


def test_a_schema_is_closed_and_what_cannot_be_enforced_is_told() -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {
            "maxLength": {"type": "string", "maxLength": 5, "description": "A name."},
            "tags": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        },
    }
    assert closed_schema(schema) == {
        "type": "object",
        "properties": {
            "maxLength": {"type": "string", "description": 'A name. {"maxLength":5}'},
            "tags": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "object", "additionalProperties": False},
            },
        },
        "additionalProperties": False,
    }
    assert not is_strict(schema)
    assert is_strict({"type": "object", "properties": {}, "additionalProperties": False})
