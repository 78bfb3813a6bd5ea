"""The names the engine promises."""

import agentgrid.creator_studio as studio


def test_every_promised_name_is_there_and_sorted() -> None:
    assert all(hasattr(studio, name) for name in studio.__all__)
    assert list(studio.__all__) == sorted(studio.__all__)


def test_all_errors_are_studio_errors_with_a_stable_code() -> None:
    for error in (studio.ModelError, studio.ModelNotConfigured, studio.DocumentError):
        assert issubclass(error, studio.StudioError)
        assert error.code != studio.StudioError.code
