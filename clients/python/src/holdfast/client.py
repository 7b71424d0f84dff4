"""The client: redis-py with the right options, and `ask`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .asking import PATIENCE_S, Attempts, as_words
from .replies import read_reply
from .table import Word

if TYPE_CHECKING:
    from .table import Asks as _Asks
else:
    _Asks = object

__all__ = ["Holdfast", "connect"]


def options(name: str | None, timeout: float, given: dict[str, Any], version: str) -> dict[str, Any]:
    """Of a connection. A timeout is needed, as a network that swallows packets closes no connection. redis-py does not
    repeat by itself, as `ask` does, and knows for how long."""
    usual: dict[str, Any] = {"decode_responses": True, "socket_timeout": timeout, "socket_connect_timeout": timeout,
                             "client_name": name, "health_check_interval": 0}
    if int(version.split(".")[0]) >= 5:
        usual["protocol"] = 3
    return {**usual, **given}


REPEATS = ("CLIENT", "REPEATS", "ON")


def told_of_repeats(connection: Any) -> None:
    """What a new connection begins with, where replies are to say that they are repeats."""
    connection.on_connect()
    connection.send_command(*REPEATS)
    connection.read_response()


def check(client: Any) -> Any:
    if not client.connection_pool.connection_kwargs.get("decode_responses"):
        raise ValueError("the client gives bytes: make it with decode_responses=True")
    return client


def patience_ms(client: Any) -> int:
    """So long FEED may wait at the server: less than a reply may take."""
    timeout = client.connection_pool.connection_kwargs.get("socket_timeout")
    return 30_000 if timeout is None else min(30_000, max(1, int(timeout * 800)))


class Holdfast(_Asks):
    """What a redis-py client is for holdfast. `redis` is that client, for all that is not here."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis: redis.Redis = check(client)

    if not TYPE_CHECKING:
        def ask(self, *words: Word, within: float = PATIENCE_S) -> Any:
            """Sends a command until its answer is known, for `within` seconds at most, and one attempt at least.

            After a lost reply or connection, and after `BUSY`, `DEGRADED` and `EARLY`, the very same words go again.
            Raises the class of the refusal's KIND, or `Unheard` if no reply came.
            """
            words, attempts = as_words(words), Attempts(within)
            while True:
                try:
                    return read_reply(words, self.redis.execute_command(*words))
                except redis.RedisError as error:
                    pause = attempts.pause_after(error)
                time.sleep(pause)

    def close(self) -> None:
        """Gives the connections back."""
        self.redis.close()
        self.redis.connection_pool.disconnect()

    def __enter__(self) -> Holdfast:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(url: str = "redis://127.0.0.1:7411", *, name: str | None = None, timeout: float = 5.0, repeats: bool = False,
            **given: Any) -> Holdfast:
    """A client for `redis://HOST:PORT`, or with a token over TLS `rediss://:TOKEN@HOST:PORT`.

    `name` is what `CLIENT LIST` shows; `timeout`, in seconds, how long one reply may take. With `repeats` a reply that is a
    repeat has `repeated` 1. What else is given goes to redis-py.
    """
    more: dict[str, Any] = {"retry": Retry(NoBackoff(), 0)}
    if repeats:
        more["redis_connect_func"] = told_of_repeats
    return Holdfast(redis.Redis.from_url(url, **options(name, timeout, {**more, **given}, redis.__version__)))
