"""Passwords of the members of a choir's website."""

import hashlib
import hmac
import secrets


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**15, r=8, p=3, maxmem=64 * 1024 * 1024)


def hash_password(password: str) -> str:
    """Return what is stored for a password: the salt and the derived key in hexadecimal."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_derive(password, salt).hex()}"


def verify_password(password: str, stored: str) -> bool:
    """Tell whether a password is the one that `stored` was made from."""
    salt, _, expected = stored.partition("$")
    derived = _derive(password, bytes.fromhex(salt))
    return hmac.compare_digest(derived, bytes.fromhex(expected))
