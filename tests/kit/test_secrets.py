"""The installation's secret and what is derived from it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentgrid.kit.secrets import SecretBox, SecretUnreadable, load_or_create_secret


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: load_or_create_secret(path), range(16)))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_what_was_encrypted_can_be_read_again() -> None:
    box = SecretBox("one secret that is long enough to be real")
    cipher = box.encrypt("sk-very-secret")
    assert b"sk-very" not in cipher
    assert box.decrypt(cipher) == "sk-very-secret"


def test_another_installation_cannot_read_it() -> None:
    cipher = SecretBox("one secret").encrypt("sk-very-secret")
    with pytest.raises(SecretUnreadable, match="Enter it again"):
        SecretBox("another secret").decrypt(cipher)
