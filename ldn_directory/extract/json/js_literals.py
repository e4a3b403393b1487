"""JavaScript literals as values. Scripts assign and pass on what JSON could state, but write it far more freely.

Grammar: ECMAScript 2024, section 13.2 (primary expressions): literals, `new` and calls with literal arguments, sums of
strings, `!0`. Nothing is run: a name stands for what `names` says; a member that is any other expression is None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

MOST_DEPTH = 60
LEAST_COST = 80
"""The least that one attempt costs, in characters. Each value that is read costs a quarter of it."""
MOST_COMMENT = 20_000
MOST_TEMPLATE = 200_000
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.{0,20000}?\*/|<!--[^\n]*)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$\u0080-\uffff][\w$]*")
_NUMBER = re.compile(r"[+-]?\s*(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)n?")
_STRING = {
    '"': re.compile(r'"((?:[^"\\\n]|\\(?:\r\n|.))*)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\\n]|\\(?:\r\n|.))*)'", re.DOTALL),
    "`": re.compile(r"`((?:[^`\\]|\\.){0,200000})`", re.DOTALL),
}
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": "", "\r\n": ""}
_CONSTANTS = {"true": True, "false": False} | dict.fromkeys(("null", "undefined", "NaN", "Infinity"))
_POINTS = re.compile(r"(?:LatLng|LngLat|Point|latLng)$")
_LIKE_JSON = re.compile(r"\[\s*(?:[\[{\"\]\d-]|true|false|null)|\{\s*[\"}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ENDS = re.compile(r"""["'`(){}\[\],]""")
"""Brackets, strings, and the comma behind an expression."""
_DECODER = json.JSONDecoder(strict=False)
_Value = TypeVar("_Value")


class NoLiteral(ValueError):
    """The text at this place is no literal; the message says where it stops being one."""


class Exhausted(ValueError):
    """More of a page's scripts was tried than is read."""


@dataclass(slots=True)
class Budget:
    """How many more characters may be read, over all literals of a page."""

    left: int
    as_json: int = 200
    """How many more literals may fail to be JSON: each failure costs the decoder a pass over the page."""

    def spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise Exhausted("more script than is read")


@dataclass(slots=True)
class _Reader:
    text: str
    at: int
    names: Mapping[str, Any]
    depth: int = 0
    steps: int = 0
    is_lost: bool = False
    """Whether the end of an expression was not found: nothing that holds it has one."""

    def fail(self, what: str) -> NoReturn:
        raise NoLiteral(f"{what} at character {self.at}")

    def skip_space(self) -> str:
        """The next character that is no space or comment, "" at the end."""
        if found := _SPACE.match(self.text, self.at):
            self.at = found.end()
        if self.text.startswith("/*", self.at):
            self.at = min(len(self.text), self.at + MOST_COMMENT)
            self.fail("a comment without end")
        return self.text[self.at : self.at + 1]

    def skip_if(self, token: str) -> bool:
        """Whether the token comes next. If so, the reader moves past it."""
        self.skip_space()
        found = self.text.startswith(token, self.at)
        self.at += len(token) * found
        return found

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else None

    def value(self) -> Any:
        self.depth += 1
        self.steps += 1
        if self.depth > MOST_DEPTH:
            self.fail("nested too deeply")
        found = self.primary()
        if self.is_sum():
            found = self.sum(found)
        self.depth -= 1
        return found

    def member(self) -> Any:
        """The value of a member of a list or object; None for an expression that is no literal."""
        start, depth = self.at, self.depth
        try:
            found = self.value()
            if self.skip_space() in (",", "]", "}", ")"):
                return found
        except NoLiteral:
            if self.is_lost:
                raise
        self.at, self.depth = start, depth
        self.skip_expression()
        return None

    def primary(self) -> Any:
        match self.skip_space():
            case "{":
                return self.object()
            case "[":
                self.at += 1
                return self.list("]")
            case '"' | "'" | "`" as quote:
                return self.string(quote)
            case "!":
                self.at += 1
                return not self.primary()
        if number := self.match(_NUMBER):
            return _number(number)
        return self.identifier(self.match(_NAME) or self.fail("no literal"))

    def members(self, end: str) -> Iterator[str]:
        """The first character of each member up to the closing bracket; commas between them are skipped."""
        while (character := self.skip_space()) != end:
            yield character
            if not self.skip_if(",") and self.skip_space() != end:
                self.fail(f"',' or {end!r} expected")
        self.at += 1

    def object(self) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        for _ in self.members("}"):
            key = self.key()
            following = self.skip_space()
            if key is not None and self.skip_if(":"):
                found[key] = self.member()
            elif key is not None and following in ",}":
                found[key] = self.names.get(key)
            else:
                self.skip_expression()
        return found

    def key(self) -> str | None:
        character = self.skip_space()
        return self.string(character) if character in ('"', "'") else self.match(_NAME) or self.match(_NUMBER)

    def list(self, end: str) -> list[Any]:
        return [None if character == "," else self.member() for character in self.members(end)]

    def string(self, quote: str) -> str:
        found = _STRING[quote].match(self.text, self.at)
        if found is None:
            self.at = min(len(self.text), self.at + (MOST_TEMPLATE if quote == "`" else 1))
            self.fail("a string without end")
        self.at = found.end()
        return unescape(found[1]) if "\\" in found[1] else found[1]

    def identifier(self, name: str) -> Any:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name == "new":
            self.skip_space()
            return self.path(self.match(_NAME) or self.fail("a name expected"), None)
        return self.path(name, self.names.get(name))

    def path(self, name: str, known: Any) -> Any:
        """The value of `a.b.c`, or of calling it with literals: a point, parsed JSON, else the only argument."""
        while True:
            if self.text[self.at : self.at + 1] == "." and (part := _NAME.match(self.text, self.at + 1)):
                self.at = part.end()
                known = known.get(part[0]) if isinstance(known, dict) else None
                name = f"{name}.{part[0]}"
            elif self.skip_if("("):
                known = _call(name, self.list(")"))
            else:
                return known

    def skip_expression(self) -> None:
        """Moves to the comma or closing bracket behind an expression. Those within others do not count."""
        awaited: list[str] = []
        self.is_lost = True
        while found := _ENDS.search(self.text, self.at):
            character, self.at = found[0], found.start()
            if character in _STRING:
                self.string(character)
                continue
            if not awaited and character not in _CLOSING:
                self.is_lost = False
                return
            self.at += 1
            if character in _CLOSING:
                awaited.append(_CLOSING[character])
            elif character != "," and awaited.pop() != character:
                break
        self.fail("an expression without end")

    def is_sum(self) -> bool:
        return self.skip_space() == "+" and not self.text.startswith("++", self.at)

    def sum(self, first: Any) -> str | None:
        """The sum of a value and what follows as one string, if any part of it is text; else None."""
        parts = [first]
        while self.is_sum():
            self.at += 1
            parts.append(self.primary())
        return "".join(map(str, parts)) if any(isinstance(part, str) for part in parts) else None


def _number(text: str) -> int | float:
    plain = text.replace(" ", "").rstrip("n")
    try:
        if "x" in plain.lower():
            return int(plain, 16)
        return float(plain) if any(mark in plain for mark in ".eE") else int(plain[:400])
    except (ValueError, OverflowError):
        return 0


def _call(name: str, arguments: Sequence[Any]) -> Any:
    numbers = [one for one in arguments if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if _POINTS.search(name) and len(numbers) >= 2:
        axes = ("lng", "lat") if name.endswith("LngLat") else ("lat", "lng")
        return dict(zip(axes, numbers, strict=False))
    if name.endswith("JSON.parse") and arguments and isinstance(arguments[0], str):
        try:
            return json.loads(arguments[0], strict=False)
        except (ValueError, RecursionError):
            return None
    return arguments[0] if len(arguments) == 1 else list(arguments) or None


def unescape(text: str) -> str:
    """The characters of a string, its escapes resolved (ECMAScript 12.9.4). Halves of surrogate pairs are joined."""
    plain = _ESCAPE.sub(_unescape_one, text)
    if any("\ud800" <= one <= "\udfff" for one in plain):
        return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain


def _unescape_one(found: re.Match[str]) -> str:
    if code := found[1] or found[2] or found[3]:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _PLAIN_ESCAPES.get(found[4], found[4])


def literal_at(
    text: str, start: int, budget: Budget | None = None, names: Mapping[str, Any] | None = None
) -> tuple[Any, int]:
    """(value, where it ends) of the literal that begins there. Raises NoLiteral, never anything else."""
    budget = budget or Budget(len(text) + 1000)
    if names is None and budget.as_json > 0 and _LIKE_JSON.match(text, start):
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            budget.as_json -= 1
        else:
            budget.spend(end - start)
            return value, end
    return _read(_Reader(text, start, names or {}), _Reader.value, budget)


def arguments_at(text: str, start: int, budget: Budget) -> tuple[list[Any], int]:
    """(arguments, where the call ends). `start` is just after the opening bracket. Raises NoLiteral."""
    return _read(_Reader(text, start, {}), lambda reader: reader.list(")"), budget)


def _read(reader: _Reader, read: Callable[[_Reader], _Value], budget: Budget) -> tuple[_Value, int]:
    start = reader.at
    try:
        return read(reader), reader.at
    except NoLiteral:
        raise
    except (RecursionError, IndexError, ValueError) as error:
        raise NoLiteral(str(error)) from None
    finally:
        budget.spend(reader.at - start + LEAST_COST + reader.steps * LEAST_COST // 4)
