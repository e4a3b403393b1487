"""JavaScript literals as values: what scripts assign and pass on, far more freely written than JSON.

Grammar: ECMAScript 2024, section 13.2 (primary expressions); read are literals, `new` and calls with literal arguments,
sums of strings, `!0`. Nothing is run: a name stands for what `names` says, any other name or function for None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_DEPTH = 60
EACH = 80
"""What a try costs at least, in characters; a value read costs a quarter of it."""
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
_CONSTANTS: Mapping[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "undefined": None,
    "NaN": None,
    "Infinity": None,
}
_POINTS = re.compile(r"(?:LatLng|LngLat|Point|latLng)$")
_LIKE_JSON = re.compile(r"\[\s*(?:[\[{\"\]\d-]|true|false|null)|\{\s*[\"}]")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_STRINGS_APART = re.compile(r"""["'`(){}\[\]]""")
_DECODER = json.JSONDecoder(strict=False)


class NoLiteral(ValueError):
    """What stands there is no literal; the message says where it ends to be one."""


class Exhausted(ValueError):
    """More of a page's scripts was tried than is read."""


@dataclass(slots=True)
class Budget:
    """How many more characters may be looked at, over all literals of a page."""

    left: int
    as_json: int = 200
    """How many literals that turn out not to be JSON may be tried as such: an error of the decoder costs a pass over the page."""

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

    def fail(self, what: str) -> NoLiteral:
        return NoLiteral(f"{what} at character {self.at}")

    def skip(self) -> str:
        """The next character that is no space or comment, "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if self.text.startswith("/*", self.at):
            self.at = min(len(self.text), self.at + MOST_COMMENT)
            raise self.fail("a comment without end")
        return self.text[self.at : self.at + 1]

    def take(self, character: str) -> None:
        if self.skip() != character:
            raise self.fail(f"{character!r} expected")
        self.at += 1

    def value(self) -> Any:
        self.depth += 1
        self.steps += 1
        if self.depth > MOST_DEPTH:
            raise self.fail("nested too deeply")
        found = self.after(self.primary())
        self.depth -= 1
        return found

    def primary(self) -> Any:
        character = self.skip()
        match character:
            case "{":
                return self.object()
            case "[":
                self.at += 1
                return self.list("]")
            case '"' | "'" | "`":
                return self.string(character)
            case "!":
                self.at += 1
                return not self.primary()
            case "(":
                return self.bracketed()
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return _number(number[0])
        if name := _NAME.match(self.text, self.at):
            self.at = name.end()
            return self.named(name[0])
        raise self.fail("no literal")

    def bracketed(self) -> Any:
        """`(value)`; a bracketed function or its arguments are skipped."""
        start, depth = self.at, self.depth
        self.at += 1
        try:
            found = self.value()
            self.take(")")
        except NoLiteral:
            self.at, self.depth = start, depth
            self.skip_balanced()
            found = None
        if self.skip() == "=" and self.text.startswith("=>", self.at):
            return self.arrow()
        return found

    def object(self) -> dict[str, Any]:
        self.at += 1
        found: dict[str, Any] = {}
        while self.skip() != "}":
            if self.text.startswith("...", self.at):
                self.at += 3
                spread = self.value()
                found.update(spread if isinstance(spread, dict) else {})
            else:
                self.member(found)
            if self.skip() == ",":
                self.at += 1
            elif self.skip() != "}":
                raise self.fail("',' or '}' expected")
        self.at += 1
        return found

    def member(self, into: dict[str, Any]) -> None:
        key = self.key()
        following = self.skip()
        if following == ":":
            self.at += 1
            into[key] = self.value()
        elif following == "(":
            self.skip_balanced()
            if self.skip() != "{":
                raise self.fail("a method expected")
            self.skip_balanced()
        elif following in ",}":
            into[key] = self.names.get(key)
        else:
            raise self.fail("':' expected")

    def key(self) -> str:
        character = self.skip()
        if character in ('"', "'"):
            return self.string(character)
        if character == "[":
            self.at += 1
            found = self.value()
            self.take("]")
            return str(found)
        if name := _NAME.match(self.text, self.at) or _NUMBER.match(self.text, self.at):
            self.at = name.end()
            return name[0]
        raise self.fail("a key expected")

    def list(self, end: str) -> list[Any]:
        found: list[Any] = []
        while (character := self.skip()) != end:
            if character == ",":
                self.at += 1
                found.append(None)
                continue
            if self.text.startswith("...", self.at):
                self.at += 3
                spread = self.value()
                found += spread if isinstance(spread, list) else []
            else:
                found.append(self.value())
            if self.skip() == ",":
                self.at += 1
            elif self.skip() != end:
                raise self.fail(f"',' or {end!r} expected")
        self.at += 1
        return found

    def string(self, quote: str) -> str:
        found = _STRING[quote].match(self.text, self.at)
        if found is None:
            self.at = min(len(self.text), self.at + (MOST_TEMPLATE if quote == "`" else 1))
            raise self.fail("a string without end")
        self.at = found.end()
        return unescaped(found[1]) if "\\" in found[1] else found[1]

    def named(self, name: str) -> Any:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in ("function", "async", "class"):
            return self.function()
        if name == "new":
            self.skip()
            called = _NAME.match(self.text, self.at)
            if called is None:
                raise self.fail("a name expected")
            self.at = called.end()
            return self.path(called[0], None)
        if name in ("void", "typeof", "await"):
            self.primary()
            return None
        if self.skip() == "=" and self.text.startswith("=>", self.at):
            return self.arrow()
        return self.path(name, self.names.get(name))

    def path(self, name: str, known: Any) -> Any:
        """What `a.b.c`, and calls of it with literals, stand for: points, parsed JSON, else their only argument."""
        while True:
            character = self.text[self.at : self.at + 1]
            if character == "." and (part := _NAME.match(self.text, self.at + 1)):
                self.at = part.end()
                known = known.get(part[0]) if isinstance(known, dict) else None
                name = f"{name}.{part[0]}"
            elif self.skip() == "(":
                self.at += 1
                known = _called(name, self.list(")"))
            else:
                return known

    def function(self) -> None:
        while self.skip() not in ("{", ""):
            self.skip_balanced() if self.skip() == "(" else self.advance()
        self.skip_balanced()

    def arrow(self) -> None:
        self.at += 2
        if self.skip() in ("{", "("):
            self.skip_balanced()
        else:
            self.value()

    def advance(self) -> None:
        self.at += 1

    def skip_balanced(self) -> None:
        """Past a bracket and all up to its partner; strings in it are respected."""
        open_ones: list[str] = []
        while found := _STRINGS_APART.search(self.text, self.at):
            character, self.at = found[0], found.start()
            if character in _STRING:
                self.string(character)
                continue
            self.at += 1
            if character in _OPENING:
                open_ones.append(_OPENING[character])
            elif not open_ones or open_ones.pop() != character:
                raise self.fail("a bracket without partner")
            if not open_ones:
                return
        raise self.fail("a bracket without partner")

    def after(self, value: Any) -> Any:
        """The value with what is added to it, or called on it."""
        while True:
            character = self.skip()
            if character == "+" and not self.text.startswith("++", self.at):
                value = self.sum(value)
            elif (
                character == "."
                and isinstance(value, (str, list, dict))
                and (method := _NAME.match(self.text, self.at + 1))
            ):
                self.at = method.end()
                if self.skip() == "(":
                    self.skip_balanced()
            elif character in "|&?" and character:
                return self.alternatives(value)
            else:
                return value

    def sum(self, first: Any) -> str | None:
        """What is added to a value, if any of it is text, in one string."""
        parts = [first]
        while self.skip() == "+" and not self.text.startswith("++", self.at):
            self.at += 1
            parts.append(self.primary())
        return "".join(map(str, parts)) if any(isinstance(part, str) for part in parts) else None

    def alternatives(self, value: Any) -> Any:
        if self.text[self.at : self.at + 2] not in ("||", "&&", "??"):
            raise self.fail("an expression, no literal")
        self.at += 2
        other = self.value()
        return value if value not in (None, "") else other


def _number(text: str) -> int | float:
    plain = text.replace(" ", "").rstrip("n")
    try:
        if "x" in plain.lower():
            return int(plain, 16)
        return float(plain) if any(mark in plain for mark in ".eE") else int(plain[:400])
    except (ValueError, OverflowError):
        return 0


def _called(name: str, arguments: Sequence[Any]) -> Any:
    numbers = [one for one in arguments if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if _POINTS.search(name) and len(numbers) >= 2:
        return (
            {"lng": numbers[0], "lat": numbers[1]}
            if name.endswith("LngLat")
            else {"lat": numbers[0], "lng": numbers[1]}
        )
    if name.endswith("JSON.parse") and arguments and isinstance(arguments[0], str):
        try:
            return json.loads(arguments[0], strict=False)
        except (ValueError, RecursionError):
            return None
    return arguments[0] if len(arguments) == 1 else list(arguments) or None


def unescaped(text: str) -> str:
    """A string's characters, its escapes resolved (ECMAScript 12.9.4); halves of surrogate pairs are joined."""
    plain = _ESCAPE.sub(_unescape, text)
    return (
        plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if any("\ud800" <= one <= "\udfff" for one in plain)
        else plain
    )


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
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
    reader = _Reader(text, start, names or {})
    try:
        value = reader.value()
    except (RecursionError, IndexError, ValueError) as error:
        _spend(budget, reader, start)
        raise error if isinstance(error, NoLiteral) else NoLiteral(str(error)) from None
    _spend(budget, reader, start)
    return value, reader.at


def arguments_at(text: str, start: int, budget: Budget | None = None) -> tuple[list[Any], int]:
    """(arguments, where the call ends), from behind its opening bracket. Raises NoLiteral."""
    reader = _Reader(text, start, {})
    try:
        found = reader.list(")")
    except (RecursionError, IndexError, ValueError) as error:
        _spend(budget, reader, start)
        raise error if isinstance(error, NoLiteral) else NoLiteral(str(error)) from None
    _spend(budget, reader, start)
    return found, reader.at


def _spend(budget: Budget | None, reader: _Reader, start: int) -> None:
    if budget is not None:
        budget.spend(reader.at - start + EACH + reader.steps * EACH // 4)
