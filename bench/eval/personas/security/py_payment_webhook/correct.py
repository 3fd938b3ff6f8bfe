"""Signatures of the messages from the payment provider."""

import hashlib
import hmac
import time

MAX_AGE_SECONDS = 300


def is_genuine(body: bytes, timestamp: str, signature: str, secret: bytes) -> bool:
    """Tell whether a message was sent by the provider within the last minutes.

    `timestamp` and `signature` are headers of the request; the signature is the hexadecimal
    HMAC-SHA256 of the timestamp, a dot and the body.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(time.time() - int(timestamp)) > MAX_AGE_SECONDS:
        return False
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
