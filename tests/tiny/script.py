"""What a tiny model says, as weights: the next token depends on the last one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

# One dimension for each token with a successor of its own, one for all others, one for what is liked best among the
# tokens that a grammar leaves over.
WIDTH = 64
_OTHERS, _ALL = 0, 1
# Behind the normalisation a token's own dimension is about 8 and `_ALL` 2: a successor wins, likings order the rest.
_SUCCESSOR, _SHARE = 3.0, 0.25
# So that whatever JSON a grammar asks for comes to its end.
_LIKED = {'"': 2.0, "}": 1.5, "]": 1.4, ":": 1.2, "0": 1.0, ",": 0.6, "{": 0.5, "[": 0.4, " ": -1.0, "\n": -1.0}


@dataclass(frozen=True, slots=True)
class Script:
    """`says`: the tokens of an answer, the last one ends it. `after`: other answers, by the token that the prompt ends
    with. A token has the same successor wherever it stands in the script."""

    says: tuple[str, ...]
    after: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """Every token of the script, once."""
        return tuple(dict.fromkeys((*self.says, *self.after, *(word for path in self.after.values() for word in path))))

    def successors(self) -> dict[str, str]:
        """The next token by token, for those that have one of their own."""
        paths = [self.says, *((start, *path) for start, path in self.after.items())]
        pairs = [pair for path in paths for pair in pairwise(path)]
        found = dict(pairs)
        assert len(found) == len(set(pairs)), "a token has two successors"
        assert len(found) + 2 <= WIDTH, "more tokens than dimensions"
        return found


def matrices(tokens: Sequence[str], script: Script) -> tuple[Matrix, Matrix]:
    """The embedding and the output matrix of a model whose layers do nothing."""
    ids = {token: number for number, token in enumerate(tokens)}
    embedding = np.zeros((len(tokens), WIDTH), np.float32)
    output = np.zeros((len(tokens), WIDTH), np.float32)
    successors = script.successors()
    embedding[:, _OTHERS] = 1.0
    embedding[:, _ALL] = _SHARE
    output[ids[script.says[0]], _OTHERS] = _SUCCESSOR
    for number, (token, following) in enumerate(successors.items(), start=2):
        embedding[ids[token], _OTHERS] = 0.0
        embedding[ids[token], number] = 1.0
        output[ids[following], number] = _SUCCESSOR
    for token, liking in _LIKED.items():
        if token in ids:
            output[ids[token], _ALL] = liking
    return embedding, output
