"""The installation's secret: it signs tokens and encrypts what must be readable again."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agentgrid.kit.errors import Unavailable


class SecretUnreadable(Unavailable):
    code = "secret_unreadable"
    title = "A stored secret cannot be read with this installation's key"


def load_or_create_secret(path: Path) -> str:
    """The secret kept at ``path``; made on first use, readable by its owner alone.

    Several processes may start at once: only one creates the file (``link`` fails for the
    others), and all of them read what won.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text().strip()


class SecretBox:
    """Keys derived from the one secret (HKDF-SHA256, RFC 5869), one per purpose."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive(b"agentgrid stored secrets")))
        self.signing_key = self._derive(b"agentgrid tokens")
        """32 bytes for HMAC-SHA256."""

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self._secret)

    def encrypt(self, plain: str) -> bytes:
        return self._fernet.encrypt(plain.encode())

    def decrypt(self, cipher: bytes) -> str:
        """Raises ``SecretUnreadable`` when the installation's key has changed."""
        try:
            return self._fernet.decrypt(cipher).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                "This key was stored under another AGENTGRID_SECRET_KEY. Enter it again."
            ) from error
