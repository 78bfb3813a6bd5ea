"""Passwords: hashed with Argon2id, off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200

# RFC 9106's second recommended set: 64 MiB, three passes.
_hasher = PasswordHasher()

# Each hash takes 64 MiB and a core, so only a few run at a time and the rest wait here.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="passwords")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and whether its hash is to be made anew."""

    right: bool
    outdated: bool = False


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def check_password(password_hash: str | None, password: str) -> Verdict:
    """Compare; without a hash the answer is no, and it takes as long as any other."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads, _check, password_hash, password
    )


def _check(password_hash: str | None, password: str) -> Verdict:
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return Verdict(right=False)
    if password_hash is None:
        return Verdict(right=False)
    return Verdict(right=True, outdated=_hasher.check_needs_rehash(password_hash))


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("the password of no account")
