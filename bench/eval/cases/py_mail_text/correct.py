"""Text of incoming mail."""


def body_text(body: bytes, declared_charset: str | None) -> str:
    """Return the text of a mail body.

    The declared charset is tried first (UTF-8 if there is none). Senders often declare a wrong or
    unknown one; such bodies are read as Windows-1252, with a replacement for undefined bytes.
    """
    try:
        return body.decode(declared_charset or "utf-8")
    except (UnicodeError, LookupError):
        return body.decode("cp1252", errors="replace")
