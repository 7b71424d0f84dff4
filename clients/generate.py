"""Writes the tables and types of both packages from table.json, and the texts of the licences; with --check it only says whether they are as they should be.

    python3 clients/generate.py [--check]

One table, so that the two packages cannot differ. Tests hold the table to docs/protocol.md and to what the server answers.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
TABLE = json.loads((HERE / "table.json").read_text())
HEAD = "Made by clients/generate.py from clients/table.json."

PYTHON = {"int": "int", "text": "str", "null": "None", "counts": "list[Any]", "any": "Any", "map": "dict[str, Any]",
          "rows": "list[list[str]]", "changes": "list[list[Any]]", "recorded": "dict[str, Any] | None",
          "all_changes": "list[list[Any]]", "states": "str | list[list[Any]]", "places": "list[list[Any]]"}
SCRIPT = {"int": "number", "text": "string", "null": "null", "counts": "(string | number)[]", "any": "any",
          "map": "Record<string, any>", "rows": "[section: string, row: string, seats: string][]",
          "changes": "[version: number, at: number, kind: string, fields: Record<string, any>][]",
          "recorded": "Record<string, any> | null",
          "all_changes": "[lsn: number, event: string, version: number, at: number, kind: string, fields: Record<string, any>][]",
          "states": "string | [ordinal: number, status: string][]",
          "places": "[name: string, capacity: number, free: number, held: number, paying: number, sold: number][]"}


def spelled(type_, names, page, list_):
    """A type of the table in a language that calls the ground types by these names."""
    if type_.startswith("page "):
        return page.format(spelled(type_[5:], names, page, list_))
    if "|" in type_:
        return " | ".join(spelled(one, names, page, list_) for one in type_.split("|"))
    if type_.endswith("[]"):
        return list_.format(spelled(type_[:-2], names, page, list_))
    return names.get(type_, type_)


def python(type_):
    return spelled(type_, PYTHON, "tuple[int | str, list[{}]]", "list[{}]")


def script(type_):
    return spelled(type_, SCRIPT, "[cursor: number | string, page: {}[]]", "{}[]")


def fields(text):
    """Name, whether it is always there, and type of each field."""
    for field in text.split(", "):
        name, type_ = field.split(" ")
        yield name.rstrip("?"), not name.endswith("?"), type_


def nested():
    """Of each reply, the fields that are maps themselves: RESP2 does not tell a map from a list."""
    found = {}
    for reply, text in TABLE["replies"].items():
        maps = {name: type_ for name, _, type_ in fields(text) if type_.removesuffix("[]") in TABLE["replies"]}
        if maps:
            found[reply] = maps
    return found


def python_table():
    kinds = TABLE["kinds"]
    out = [f'"""{HEAD}"""', "", "from __future__ import annotations", "",
           "from typing import Any, Awaitable, Literal, NotRequired, Protocol, TypedDict, Union, overload", "",
           "Word = Union[str, int, bytes]", "",
           "# What a command answers, by its words.",
           f"COMMANDS: dict[str, str] = {pretty(TABLE['commands'])}", "",
           "# The fields of a reply that are maps themselves: RESP2 does not tell a map from a list.",
           f"NESTED: dict[str, dict[str, str]] = {pretty(nested())}", "",
           "# Refusals that are the answer to their key for ever; after the others the same key may be sent again.",
           f"BINDING = frozenset({pretty([kind for kind in kinds if kinds[kind][1]])})", ""]
    for name, words in TABLE["words"].items():
        out += [f"{name} = Literal[{', '.join(json.dumps(word) for word in words)}]"]
    for reply, text in TABLE["replies"].items():
        out += ["", "", f"class {reply}(TypedDict):"]
        for name, always, type_ in fields(text):
            spelled_type = python(type_)
            out += [f"    {name}: {spelled_type if always else f'NotRequired[{spelled_type}]'}"]
    for protocol, of in (("Asks", "{}"), ("AsksLater", "Awaitable[{}]")):
        out += ["", "", f"class {protocol}(Protocol):"]
        for command, type_ in TABLE["commands"].items():
            if python(type_) != "Any":
                literals = ", ".join(f"word{at}: Literal[{json.dumps(word)}]" for at, word in enumerate(command.split()))
                out += ["    @overload", f"    def ask(self, {literals}, /, *words: Word, within: float = ...)"
                                         f" -> {of.format(python(type_))}: ..."]
        out += ["    @overload", f"    def ask(self, *words: Word, within: float = ...) -> {of.format('Any')}: ...",
                f"    def ask(self, *words: Word, within: float = 0) -> Any: ..."]
    return "\n".join(out) + "\n"


def pretty(value):
    """A line for each entry."""
    if isinstance(value, list):
        return json.dumps(value)
    return "{\n" + "".join(f"    {json.dumps(name)}: {json.dumps(of)},\n" for name, of in value.items()) + "}"


def script_table():
    kinds = TABLE["kinds"]
    return "\n".join([
        f"// {HEAD}", "", "/** What a command answers, by its words. */",
        f"export const COMMANDS = {pretty(TABLE['commands'])};", "",
        "/** The fields of a reply that are maps themselves: RESP2 does not tell a map from a list. */",
        f"export const NESTED = {pretty(nested())};", "",
        "/** Refusals that are the answer to their key for ever; after the others the same key may be sent again. */",
        f"export const BINDING = new Set({pretty([kind for kind in kinds if kinds[kind][1]])});", ""])


def script_types():
    out = [f"// {HEAD}", "", "export type Word = string | number | Buffer;",
           f"export type Kind = {' | '.join(json.dumps(kind) for kind in TABLE['kinds'])};"]
    for name, words in TABLE["words"].items():
        out += [f"export type {name} = {' | '.join(json.dumps(word) for word in words)};"]
    for reply, text in TABLE["replies"].items():
        out += ["", f"export interface {reply} {{"]
        out += [f"  {name}{'' if always else '?'}: {script(type_)};" for name, always, type_ in fields(text)]
        out += ["}"]
    out += ["", "/** The reply to a command, by its first words. */", "export type Reply<W extends readonly Word[]> ="]
    for command, type_ in TABLE["commands"].items():
        if script(type_) != "any":
            words = ", ".join(json.dumps(word) for word in command.split())
            out += [f"  W extends readonly [{words}, ...Word[]] ? {script(type_)} :"]
    out += ["  any;", "", "export const COMMANDS: Record<string, string>;",
            "export const NESTED: Record<string, Record<string, string>>;",
            "export const BINDING: Set<Kind>;"]
    return "\n".join(out) + "\n"


def main():
    made = {"python/src/holdfast/table.py": python_table(), "node/src/table.js": script_table(),
            "node/src/table.d.ts": script_types()}
    # A package is built from its own directory alone.
    made |= {f"{package}/{name}": (HERE.parent / name).read_text()
             for package in ("python", "node") for name in ("LICENSE-APACHE", "LICENSE-MIT")}
    stale = [name for name, text in made.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
    if "--check" in sys.argv and stale:
        sys.exit(f"not as clients/table.json and the licences say: {', '.join(stale)}. Run python3 clients/generate.py")
    for name in stale:
        (HERE / name).write_text(made[name])
        print("wrote", name)


main()
