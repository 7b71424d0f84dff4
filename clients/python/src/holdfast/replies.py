"""Replies as they are meant, whatever the protocol: RESP3 tells a map from a list, RESP2 does not."""

from __future__ import annotations

from typing import Any, NamedTuple

from .table import COMMANDS, NESTED, Word

__all__ = ["Change", "read_reply"]


class Change(NamedTuple):
    """A change in the feed of an event; docs/feed.md has the kinds and their fields."""

    version: int
    at: int
    kind: str
    fields: dict[str, Any]


def read_reply(words: tuple[Word, ...], reply: Any) -> Any:
    """The reply to a command, as `ask` gives it. For those who send by themselves: pipelines, transactions."""
    spoken = [_text(word).upper() for word in _unwrapped(words)[:2]]
    type_ = COMMANDS.get(" ".join(spoken)) or COMMANDS.get(" ".join(spoken[:1]), "any")
    if reply is None or type_ in ("any", "text", "rows"):
        return reply
    if type_ == "changes":
        return [Change(version, at, kind, _map(fields, {"limits": "Limits"})) for version, at, kind, fields in reply]
    if type_ == "all_changes":
        return [[*before, _map(fields, {"limits": "Limits"})] for *before, fields in reply]
    if type_.startswith("page "):
        return reply[0], [_map(item, NESTED.get(type_[5:], {})) for item in reply[1]]
    if type_ == "Count" and isinstance(reply, list) and (not reply or isinstance(reply[0], list)):
        return [(name, _map(sums, {})) for name, sums in reply]  # BY
    return _map(reply, NESTED.get(type_.split("|")[0], {}))


def _unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """A command without the trace that it is part of: TRACED traceparent [STATE tracestate]."""
    if not words or _text(words[0]).upper() != "TRACED":
        return words
    return words[4:] if len(words) > 2 and _text(words[2]).upper() == "STATE" else words[2:]


def _map(reply: Any, nested: dict[str, str]) -> dict[str, Any]:
    fields = dict(reply) if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2]))
    for name, type_ in nested.items():
        if fields.get(name) is not None:
            value, below = fields[name], NESTED.get(type_.removesuffix("[]"), {})
            fields[name] = [_map(one, below) for one in value] if type_.endswith("[]") else _map(value, below)
    return fields


def _text(word: Word) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)
