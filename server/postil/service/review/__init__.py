"""Reviews: planned and queued by document (`runner`), made unit by unit (`units`, `edit`, `list`), kept in `findings`.

Prompts, checks and scores are pure and belong in `core.review`; which personas read is decided in `service.config`.
"""
