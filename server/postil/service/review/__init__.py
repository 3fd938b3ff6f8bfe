"""Reviews: planned per document (`runner`), run per unit (`units`, `edit`, `list`), with results in `findings`.

Prompts, checks and scores are pure and belong in `core.review`. `service.config` decides which personas review.
"""
