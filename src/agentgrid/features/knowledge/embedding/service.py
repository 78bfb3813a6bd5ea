"""Choosing the embedding model, and following the change to it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.rag.embeddings.catalog import PROVIDERS
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import AuditLog
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build import BUILD_TASK
from agentgrid.features.knowledge.embedding.choice import Choice
from agentgrid.features.knowledge.embedding.errors import (
    AlreadyBuilding,
    AlreadyInUse,
    NotFailed,
    NothingBuilding,
)
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.embedding.repository import EmbeddingRepository
from agentgrid.features.knowledge.embedding.schemas import (
    ConnectionChoice,
    EmbeddingIndexView,
    EmbeddingModelView,
    EmbeddingOverview,
    EmbeddingProviderView,
)
from agentgrid.features.knowledge.embedding.source import BUNDLED
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.kit.db import after_commit, unit_of_work

BUNDLED_LABEL = "Bundled model"


class EmbeddingService:
    def __init__(self, services: Services, session: AsyncSession) -> None:
        self._services = services
        self._session = session
        self._indexes = EmbeddingRepository(session)
        self._audit = AuditLog(session)

    async def overview(self) -> EmbeddingOverview:
        active = await self._indexes.at("active") or await self._active()
        following = await self._indexes.at("next")
        # Counted now: documents come and go while a model is in use.
        chunks = await self._indexes.chunks()
        shown = index_view(active).model_copy(
            update={"chunks_done": chunks, "chunks_total": chunks}
        )
        connections = await self._indexes.connections()
        return EmbeddingOverview(
            active=shown,
            next=index_view(following) if following is not None else None,
            providers=_providers(self._services, connections),
        )

    async def choose(self, admin: Principal, choice: Choice) -> EmbeddingIndexView:
        """Have the vectors of a model that was tried made, and then used.

        The model in use, or one that failed, may be chosen again with another key; what
        was embedded already is kept. Raises ``AlreadyInUse`` or ``AlreadyBuilding``.
        """
        active = await self._active()
        following = await self._indexes.at("next", lock=True)
        if active.vectors_named == choice.vectors_named:
            if choice.target is None or following is not None:
                raise AlreadyInUse(choice.model)
            self._set_key(active, choice)
            return await self._saved(admin, active, "embedding.key_changed")
        if following is not None:
            if following.error is None:
                raise AlreadyBuilding(following.model)
            await self._indexes.retire(following)
        index = self._row(admin, choice)
        index.chunks_total = await self._indexes.chunks()
        await self._indexes.add(index)
        self._build_after_commit(index.id)
        return await self._saved(admin, index, "embedding.chosen")

    async def retry(self, admin: Principal) -> EmbeddingIndexView:
        """Go on with what failed, from where it stopped.

        Raises ``NothingBuilding`` or ``NotFailed``.
        """
        index = await self._next()
        if index.error is None:
            raise NotFailed
        index.error = None
        index.attempts = 0
        index.enqueued_at = datetime.now(UTC)
        self._build_after_commit(index.id)
        return await self._saved(admin, index, "embedding.retried")

    async def cancel(self, admin: Principal) -> None:
        """Give the next model up; its vectors are deleted behind. Raises ``NothingBuilding``."""
        index = await self._next()
        await self._indexes.retire(index)
        self._note(admin, index, "embedding.cancelled")

    async def _active(self) -> EmbeddingIndex:
        bundled = self._services.embeddings.bundled
        return await self._indexes.ensure_active(
            provider=BUNDLED, model=bundled.model, dimension=bundled.dimension
        )

    async def _next(self) -> EmbeddingIndex:
        index = await self._indexes.at("next", lock=True)
        if index is None:
            raise NothingBuilding
        return index

    def _row(self, admin: Principal, choice: Choice) -> EmbeddingIndex:
        target = choice.target
        index = EmbeddingIndex(
            slot="next",
            provider=choice.provider,
            model=choice.model,
            dimension=choice.dimension,
            shortened=target.shortened if target is not None else False,
            vectors_named=choice.vectors_named,
            base_url=target.base_url if target is not None else "",
            chosen_by=admin.user_id,
            enqueued_at=datetime.now(UTC),
        )
        self._set_key(index, choice)
        return index

    def _set_key(self, index: EmbeddingIndex, choice: Choice) -> None:
        secrets = self._services.secrets
        index.connection_id = choice.connection_id
        index.key_encrypted = secrets.encrypt(choice.own_key) if choice.own_key else None
        index.revision = (index.revision or 0) + 1

    async def _saved(
        self, admin: Principal, index: EmbeddingIndex, action: str
    ) -> EmbeddingIndexView:
        await self._session.flush()
        self._note(admin, index, action)
        return index_view(index)

    def _note(self, admin: Principal, index: EmbeddingIndex, action: str) -> None:
        self._audit.write(
            admin.user_id, action, "embedding_index", index.id, model=index.vectors_named
        )

        async def forget() -> None:
            self._services.embeddings.forget()

        after_commit(self._session, forget)

    def _build_after_commit(self, index_id: UUID) -> None:
        after_commit(self._session, partial(_build, self._services, index_id))


async def _build(services: Services, index_id: UUID) -> None:
    """Tell a worker; when none can be told, leave it to the sweeper."""
    if not await services.queue.enqueue(BUILD_TASK, str(index_id)):
        async with unit_of_work(services.sessions) as session:
            await EmbeddingRepository(session).not_enqueued(index_id)


def index_view(index: EmbeddingIndex) -> EmbeddingIndexView:
    building = "failed" if index.error is not None else "building"
    return EmbeddingIndexView(
        id=index.id,
        provider=index.provider,
        model=index.model,
        dimension=index.dimension,
        state="active" if index.slot == "active" else building,
        # More passages may have come since they were counted.
        chunks_done=min(index.chunks_done, index.chunks_total),
        chunks_total=index.chunks_total,
        error=index.error,
        created_at=index.created_at,
        activated_at=index.activated_at,
    )


def _providers(
    services: Services, connections: Sequence[ProviderConnection]
) -> list[EmbeddingProviderView]:
    bundled = services.embeddings.bundled
    own = EmbeddingProviderView(
        provider=BUNDLED,
        label=BUNDLED_LABEL,
        needs_key=False,
        needs_base_url=False,
        models=[EmbeddingModelView(model=bundled.model, dimension=bundled.dimension)],
        connections=[],
    )
    others = [
        EmbeddingProviderView(
            provider=provider,
            label=row.label,
            needs_key=row.needs_key,
            needs_base_url=not row.base_url,
            models=[
                EmbeddingModelView(model=model.name, dimension=model.dimension)
                for model in row.models
            ],
            connections=[
                ConnectionChoice(id=connection.id, name=connection.name)
                for connection in connections
                if connection.provider == provider
            ],
        )
        for provider, row in PROVIDERS.items()
    ]
    return [own, *others]
