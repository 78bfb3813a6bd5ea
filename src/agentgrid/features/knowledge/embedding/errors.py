"""What can go wrong when the embedding model is chosen.

::

    ProductError
    ├── NotFound                  404
    │   └── NothingBuilding
    ├── Conflict                  409
    │   ├── AlreadyInUse
    │   ├── AlreadyBuilding
    │   └── NotFailed
    └── Invalid                   422
        ├── EmbeddingInvalid      the choice itself cannot work
        └── EmbeddingRefused      the service turned it down when it was tried

What passes (the service is away or overloaded) stays a ``ModelError``.
"""

from agentgrid.kit.errors import Conflict, Invalid, NotFound


class NothingBuilding(NotFound):
    code = "embedding_nothing_building"
    title = "No embedding model is being prepared"

    def __init__(self) -> None:
        super().__init__("No other embedding model is being prepared.")


class AlreadyInUse(Conflict):
    code = "embedding_in_use"
    title = "This embedding model is in use already"

    def __init__(self, model: str) -> None:
        super().__init__(f"{model} is the model in use already; choose another one.")


class AlreadyBuilding(Conflict):
    code = "embedding_building"
    title = "Another embedding model is being prepared"

    def __init__(self, model: str) -> None:
        super().__init__(f"{model} is being prepared. Wait for it, or cancel it first.")


class NotFailed(Conflict):
    code = "embedding_not_failed"
    title = "There is nothing to try again"

    def __init__(self) -> None:
        super().__init__("The model is being prepared right now; only what failed is tried again.")


class EmbeddingInvalid(Invalid):
    code = "embedding_invalid"
    title = "This embedding model cannot be used"


class EmbeddingRefused(Invalid):
    code = "embedding_refused"
    title = "The embedding model did not work when it was tried"
