"""The catalog of providers and the factory of the models that reach them."""

from typing import Final

import aiohttp

from agentgrid.creator_studio.core import ModelNotConfigured
from agentgrid.creator_studio.llm.catalog import PROVIDERS, ProviderRow, Wire
from agentgrid.creator_studio.llm.connection import ProviderConnection, checked_base_url
from agentgrid.creator_studio.llm.failures import Subject
from agentgrid.creator_studio.llm.transport import Transport
from agentgrid.creator_studio.llm.wire.anthropic import AnthropicWire
from agentgrid.creator_studio.llm.wire.base import HttpChatModel
from agentgrid.creator_studio.llm.wire.google import GoogleWire
from agentgrid.creator_studio.llm.wire.openai import OpenAiWire

__all__ = [
    "PROVIDERS",
    "ProviderConnection",
    "ProviderRow",
    "Wire",
    "checked_base_url",
    "make_chat_model",
    "provider_row",
]

_WIRES: Final = {"openai": OpenAiWire, "anthropic": AnthropicWire, "google": GoogleWire}


def provider_row(provider: str) -> ProviderRow:
    """The catalog's row for an id. Raises ``ModelNotConfigured``."""
    row = PROVIDERS.get(provider)
    if row is None:
        known = ", ".join(PROVIDERS)
        raise ModelNotConfigured(f"There is no provider {provider!r}; choose one of {known}.")
    return row


def make_chat_model(connection: ProviderConnection, http: aiohttp.ClientSession) -> HttpChatModel:
    """Build the bare model of a connection; wrappers add retries, limits and the rest.

    ``http`` stays the caller's to close. Raises ``ModelNotConfigured`` when the key is
    missing or impossible, or the address is not usable.
    """
    row = provider_row(connection.provider)
    key = (connection.api_key or "").strip() or None
    if key is None and row.needs_key:
        raise ModelNotConfigured(f"{row.label} needs an API key; add it to the connection.")
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise ModelNotConfigured(f"The API key of {row.label} holds characters no key has.")
    try:
        base_url = checked_base_url(connection.base_url, row)
    except ValueError as error:
        raise ModelNotConfigured(str(error)) from None
    wire = _WIRES[row.wire](row, base_url)
    named = connection.name and connection.name != row.id
    subject = Subject(provider=row.id, label=connection.name if named else row.label, secret=key)
    return HttpChatModel(wire, Transport(http, wire.headers(key)), subject)
