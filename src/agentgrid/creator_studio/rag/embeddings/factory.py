"""Chooses the embedder of a provider."""

from collections.abc import Callable
from dataclasses import replace

import aiohttp

from agentgrid.creator_studio.core import RequestRejected
from agentgrid.creator_studio.llm.wrappers import CallRecord
from agentgrid.creator_studio.rag.embeddings.api import ApiEmbedder, EmbeddingTarget
from agentgrid.creator_studio.rag.embeddings.catalog import CAUTIOUS_MAX_TOKENS, PROVIDERS
from agentgrid.creator_studio.rag.embeddings.guard import Caller, CallGuard, GuardPolicy


def make_target(
    provider: str,
    model: str,
    *,
    api_key: str | None = None,
    base_url: str = "",
    dimension: int | None = None,
    max_tokens: int | None = None,
    shortened: bool | None = None,
) -> EmbeddingTarget:
    """Say which model is asked where, without asking it yet.

    ``dimension`` 0 in the answer: nobody said, and the model is not listed; see
    ``measured``. ``shortened`` None: when a listed model should have another dimension than
    its own. Raises ``ValueError`` with one sentence for the person who configures it.
    """
    row = PROVIDERS.get(provider)
    if row is None:
        raise ValueError(
            f"{provider!r} offers no embeddings here; choose one of {', '.join(PROVIDERS)}."
        )
    address = (base_url.strip() or row.base_url).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{row.label} needs a base URL that starts with http:// or https://.")
    known = row.model(model)
    natural = known.dimension if known else 0
    if shortened is None:
        shortened = bool(dimension and natural and dimension != natural)
    return EmbeddingTarget(
        provider=provider,
        label=row.label,
        base_url=address,
        model=model,
        dimension=dimension or natural,
        max_tokens=max_tokens or (known.max_tokens if known else CAUTIOUS_MAX_TOKENS),
        api_key=api_key,
        shortened=shortened,
    )


def embedder_of(
    target: EmbeddingTarget,
    http: aiohttp.ClientSession,
    *,
    policy: GuardPolicy | None = None,
    on_call: Callable[[CallRecord], None] | None = None,
) -> ApiEmbedder:
    """The embedder of a target whose dimension is known."""
    caller = Caller(target.provider, target.label, target.model)
    guard = CallGuard(caller, policy or GuardPolicy())
    if on_call is not None:
        guard.on_call = on_call
    return PROVIDERS[target.provider].kind(target, http, guard=guard)


def make_embedder(
    provider: str,
    model: str,
    http: aiohttp.ClientSession,
    *,
    api_key: str | None = None,
    base_url: str = "",
    dimension: int | None = None,
    max_tokens: int | None = None,
    policy: GuardPolicy | None = None,
    on_call: Callable[[CallRecord], None] | None = None,
) -> ApiEmbedder:
    """Return the embedder of one of ``PROVIDERS``.

    ``dimension`` must be given for a model that is not listed. Raises ``ValueError`` with
    one sentence for the person who configures it.
    """
    target = make_target(
        provider,
        model,
        api_key=api_key,
        base_url=base_url,
        dimension=dimension,
        max_tokens=max_tokens,
    )
    if not target.dimension:
        raise ValueError(f"Say how many dimensions the vectors of {model!r} have.")
    return embedder_of(target, http, policy=policy, on_call=on_call)


async def measured(
    target: EmbeddingTarget, http: aiohttp.ClientSession, *, wanted: int | None = None
) -> EmbeddingTarget:
    """Try the model with one short text; the target with the dimension it really has.

    When the model's own dimension is not the ``wanted`` one, the service is asked to give
    that. Raises ``ModelError``: ``RequestRejected`` when it gives another all the same.
    """
    kind = PROVIDERS[target.provider].kind
    plain = replace(target, shortened=False)
    if not target.shortened:
        natural = await kind(plain, http).natural_dimension()
        if wanted in (None, natural):
            return replace(plain, dimension=natural)
        target = replace(plain, dimension=wanted or natural, shortened=True)
    given = await kind(target, http).natural_dimension()
    if given != target.dimension:
        raise RequestRejected(
            f"{target.label} gives vectors of {given} dimensions for {target.model}, "
            f"not {target.dimension}; leave the dimension empty or choose {given}.",
            provider=target.provider,
            model=target.model,
        )
    return target
