"""When a command is sent once more, and what keys are made of. Knows no connection and does not wait itself."""

from __future__ import annotations

import hashlib
import random
import time
import uuid

from .errors import NotNow, Unheard, refusal_of
from .table import Word

__all__ = ["PATIENCE_S", "new_key", "step_key"]

PATIENCE_S = 5.0  # so long a customer looks at a spinner
_FIRST_S, _LONGEST_S = 0.05, 2.0
_KEY_MAX = 128


def new_key() -> str:
    """A key for one intention. Make it once, before anything is sent, and keep it where the intention is kept."""
    return uuid.uuid4().hex


def step_key(key: str, *step: object) -> str:
    """The key of a step of an intention: the same parts give the same key, also after a crash.

    The parts are in it as they are. What would be too long, or is no name, is in it as its hash.
    """
    made = "/".join([key, *map(str, step)])
    if len(made) <= _KEY_MAX and all("!" <= character <= "~" for character in made):
        return made
    digest = hashlib.sha256(made.encode()).hexdigest()[:32]
    return f"{key[:_KEY_MAX - 33]}/{digest}"


class Attempts:
    """How one command is sent until its answer is known. `within` is in seconds; `math.inf`: however long it takes.

    The words are the same each time, the key among them, so it makes no difference how often they arrive: it happens
    once, and every repetition gets the first answer.
    """

    def __init__(self, within: float) -> None:
        self._until, self._pause = time.monotonic() + within, _FIRST_S

    def pause_after(self, error: Exception) -> float:
        """Seconds to wait before it is sent again. Raises what stands: a refusal, or that the time is up."""
        problem = refusal_of(error)
        if not isinstance(problem, (NotNow, Unheard)):
            raise problem from None
        wait = problem.retry_after if isinstance(problem, NotNow) else None
        wait = self._pause if wait is None else wait
        wait *= random.uniform(1, 1.5)  # those who were refused together shall not come back together
        if time.monotonic() + wait > self._until:
            raise problem from None
        self._pause = min(2 * self._pause, _LONGEST_S)
        return wait


def as_words(words: tuple[Word, ...]) -> tuple[Word, ...]:
    if any(isinstance(word, bool) or not isinstance(word, (str, int, bytes)) for word in words):
        raise TypeError(f"words are strings, whole numbers and bytes: {words!r}")
    return words
