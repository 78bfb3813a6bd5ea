"""Where a provider is reached, and the check of the address a person typed."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agentgrid.creator_studio.llm.catalog import ProviderRow, Wire

_DEFAULT_PATH: dict[Wire, str] = {"openai": "/v1", "anthropic": "/v1", "google": "/v1beta"}
_ENDPOINTS = ("/chat/completions", "/completions", "/messages", "/models")


@dataclass(frozen=True, slots=True)
class ProviderConnection:
    """One configured way to a provider. The key never shows in ``repr``."""

    provider: str
    """An id of the catalog, such as ``openai`` or ``openai_compatible``."""
    base_url: str = ""
    """Empty for the provider's own address."""
    api_key: str | None = field(default=None, repr=False)
    name: str = ""
    """What model ids call it; empty for the provider's id."""

    @property
    def label(self) -> str:
        return self.name or self.provider


def checked_base_url(base_url: str, row: ProviderRow) -> str:
    """Return the address in the form the adapters use: no trailing slash, with a version path.

    Empty means the provider's own. A pasted endpoint (``.../chat/completions``) is cut
    back, a bare host gets the usual path of the wire. Raises ``ValueError`` with one
    sentence for the person who typed it.
    """
    text = base_url.strip() or row.default_base_url
    if not text:
        raise ValueError(f"{row.label} needs a base URL, for example http://127.0.0.1:8000/v1.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"The base URL {text!r} is not a valid address.") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("Put the key in the key field: a base URL must not hold a password.")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"The base URL {text!r} must start with http:// or https:// and a host.")
    if parts.query or parts.fragment:
        raise ValueError("A base URL must not have a query (?...) or a fragment (#...).")
    if _is_link_local(host):
        raise ValueError("Link-local addresses are not allowed: they lead to machine metadata.")
    path = _base_path(parts.path, row.wire)
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}{'' if port is None else f':{port}'}{path}"


def _base_path(path: str, wire: Wire) -> str:
    path = path.rstrip("/")
    for endpoint in _ENDPOINTS:
        if path.endswith(endpoint):
            path = path.removesuffix(endpoint)
            break
    return path or _DEFAULT_PATH[wire]


def _is_link_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_link_local
    except ValueError:
        return False
