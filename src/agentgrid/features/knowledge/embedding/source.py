"""From a row to an embedder: where its key is, and what it calls."""

import hashlib
from dataclasses import dataclass, replace

from agentgrid.creator_studio.core import CredentialsRejected, ModelNotConfigured
from agentgrid.creator_studio.rag.embeddings import make_target
from agentgrid.creator_studio.rag.embeddings.api import EmbeddingTarget
from agentgrid.creator_studio.rag.embeddings.catalog import PROVIDERS
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.providers.source import engine_connection
from agentgrid.kit.secrets import SecretBox, SecretUnreadable

BUNDLED = "local"
"""The provider of the model that ships with the product."""


@dataclass(frozen=True, slots=True)
class Known:
    """An index with the connection its key comes from, as read in one go."""

    index: EmbeddingIndex
    connection: ProviderConnection | None

    @property
    def revision(self) -> str:
        """Another one whenever an embedder would have to be built anew."""
        connection = self.connection
        other = f"{connection.id}:{connection.revision}" if connection is not None else ""
        return f"{self.index.id}:{self.index.revision}:{other}"


def target_of(known: Known, secrets: SecretBox) -> EmbeddingTarget:
    """Raises ``CredentialsRejected`` when the key it was chosen with is gone."""
    index = known.index
    try:
        key = _key(known, secrets)
    except (SecretUnreadable, ModelNotConfigured) as error:
        raise _keyless(index, str(error)) from error
    target = make_target(
        index.provider,
        index.model,
        api_key=key,
        base_url=index.base_url,
        dimension=index.dimension,
        shortened=index.shortened,
    )
    return replace(target, vectors_named=index.vectors_named)


def vectors_name(target: EmbeddingTarget) -> str:
    """What vectors of this target are stored under.

    Two targets get one name only if their vectors may be compared: the same model of the
    same service, with as many dimensions. What a model is called at an address of one's own
    says nothing about another address.
    """
    name = f"{target.provider}/{target.model}@{target.dimension}"
    if target.base_url == PROVIDERS[target.provider].base_url:
        return name
    return f"{name}#{hashlib.sha256(target.base_url.encode()).hexdigest()[:8]}"


def _key(known: Known, secrets: SecretBox) -> str | None:
    if known.connection is not None:
        return engine_connection(known.connection, secrets).api_key
    if known.index.key_encrypted is not None:
        return secrets.decrypt(known.index.key_encrypted)
    if known.index.connection_id is not None:
        raise ModelNotConfigured("Its connection is switched off.")
    return None


def _keyless(index: EmbeddingIndex, why: str) -> CredentialsRejected:
    return CredentialsRejected(
        f"The embedding model {index.model} has lost its key. {why} "
        "Choose the model again under Admin, Embedding.",
        provider=index.provider,
        model=index.model,
    )
