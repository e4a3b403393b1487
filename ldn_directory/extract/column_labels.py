"""What a label or key says of its column's field: as a whole, by the parts of a dotted key, and by its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ldn_directory.normalize.labels import field_of, split_camel_case
from ldn_directory.normalize.phones import is_unlisted
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.words import read_toml

from .facts import facts
from .signals import label_field

WHOLE, NESTED, HELD, AT_END, AT_START, INSIDE = 1.0, 0.95, 0.85, 0.8, 0.65, 0.5
NAME_OF = 0.35
"""How sure a field is that the whole label means, the last parts of a dotted key, or some of the label's words."""
MOST_WORDS = 8
_NAMES_OF = frozenset(("name", "nom", "nombre", "navn", "naam", "nome", "namn", "desc", "description", "label"))
"""Words that say, beside a field's own word, that this is its name: `calle_nombre`, `state name`."""
_ONLY_AT_END = frozenset(("last_name", "first_name", "middle_name", "title", "key", "status", "kind", "page"))
"""Fields that one word within others does not mean: `last_edited_user`."""
_PARTS = frozenset(("street", "city", "region", "country", "specialty", "practice", "address"))
_SEEN = frozenset(("city", "region", "country"))
"""Those whose values show whether it is the name of one, or of somebody from there: `Prov_Name`."""


class Said(NamedTuple):
    """A field that a label speaks for, how surely (0 to 1), and by which words."""

    field: str
    strength: float
    words: str


@lru_cache(20_000)
def folded_key(key: str) -> str:
    """A key in lower case, with single spaces between its words."""
    return fold(split_camel_case(str(key)[:200]).replace(".", " "))


@lru_cache(maxsize=20_000)
def words_of(label: str) -> tuple[str, ...]:
    """The words of a label in camel, snake, kebab or dotted case, folded; numbers apart: ("lat", "coord", "1")."""
    plain = folded_key(label)
    spaced = "".join(
        f" {sign}" if at and sign.isdigit() and plain[at - 1].isalpha() else sign for at, sign in enumerate(plain)
    )
    return tuple(spaced.split())


@lru_cache(maxsize=20_000)
def is_meaningless(label: str | None) -> bool:
    """Whether a label says nothing of its values: none, `field_12`, `cf_5`, `col3`, a number, a hash."""
    if not label:
        return True
    known = facts("columns")["meaningless"]
    own = words_of(label.rpartition(".")[2])
    return all(word.isdigit() or len(word) < 3 or word in known or _is_hash(word) for word in own)


def _is_hash(word: str) -> bool:
    return len(word) > 5 and any(map(str.isdigit, word)) and set(word) <= set("0123456789abcdef")


def shared_prefix(labels: Iterable[str]) -> tuple[str, ...]:
    """The words with which nearly all labels begin (`loc_city`, `loc_phone`); () if there are none."""
    spelled = [words for label in labels if (words := words_of(label.rpartition(".")[2]))]
    found: tuple[str, ...] = ()
    while len(spelled) > 2:
        counted = Counter(words[: len(found) + 1] for words in spelled if len(words) > len(found) + 1)
        begin, count = max(counted.items(), key=lambda one: one[1], default=((), 0))
        if count < 3 or count * 5 < len(spelled) * 3 or begin[:-1] != found:
            return found
        found = begin
    return found


@lru_cache(maxsize=20_000)
def said_by(label: str, prefix: tuple[str, ...] = ()) -> tuple[Said, ...]:
    """The fields that a label speaks for, the surest first. `prefix` is what all labels of the list begin with."""
    label = label if is_path(label) else label.replace(".", "")
    holder, _, last = label.rpartition(".")
    words = words_of(last)
    if prefix and words[: len(prefix)] == prefix and len(words) > len(prefix):
        words = words[len(prefix) :]
        label = ".".join(filter(None, (holder, " ".join(words))))
    own = " ".join(words)
    if "." not in label:
        parts = _by_words(words)
        if own not in _labels() and any(one.words == own for one in parts):
            return tuple(parts)
        if field := label_field(own) or label_field(label):
            return (Said(field, WHOLE, own),)
    elif field := field_of_path(path := tuple(label.split("."))):
        return (Said(field, NESTED if all(map(_is_known, path[:-1])) else HELD, label),)
    if is_unlisted(own):
        return (Said("phone_unlisted", WHOLE, label),)
    return tuple(_by_words(words_of(_own_part(label)) if holder else words))


def is_path(label: str) -> bool:
    """Whether the dots of a label part keys: "address.city", not those of "C.A.P." or "Tel."."""
    return all(len(part) > 1 or part.isdigit() for part in label.split("."))


def _own_part(label: str) -> str:
    """The last part of a dotted key, with the one before it if it is only "name" or the like."""
    parts = label.split(".")
    return " ".join(parts[-2:]) if folded_key(parts[-1]) in ("name", "title", "desc", "label") else parts[-1]


def _is_known(key: str) -> bool:
    """Whether the key of an object speaks of the entry, not of somebody or something else."""
    folded = folded_key(key)
    return bool(field_of(key)) or folded in facts("columns")["holding"] or bool(_by_words(words_of(key)))


def _by_words(words: Sequence[str]) -> list[Said]:
    """The fields of runs of the label's words, each field once; a longer run hides the shorter ones in it."""
    words = [word for word in words if not word.isdigit()][:MOST_WORDS]
    found: dict[str, Said] = {}
    taken: set[int] = set()
    for length in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - length, -1, -1):
            run = range(start, start + length)
            if taken & set(run) or not (field := _field_of_run(words[start : start + length])):
                continue
            taken |= set(run)
            at_end = start + length == len(words)
            if length == 1 and not at_end and field in _ONLY_AT_END:
                continue
            strength = AT_END if at_end else AT_START if start == 0 else INSIDE
            found.setdefault(field, Said(field, strength, " ".join(words[start : start + length])))
    if "last_name" in found and {"name", "first_name"} & set(found):
        return [Said("name", AT_END, " ".join(words))]  # `nombre_y_apellidos`
    if "name" in found and (whole := _PARTS & set(found)):
        # The name of a street is a street; that of a practice, the practice.
        parts = [Said(field, AT_END, " ".join(words)) for field in found if field in whole]
        return [*parts, Said("name", NAME_OF, "name")] if whole <= _SEEN else parts
    if "name" in found and not any(word in _affinities() for word in words if word not in found["name"].words):
        # The name of something that is not known: of a medicine, a plan, a room.
        found["name"] = found["name"]._replace(
            strength=min(INSIDE, found["name"].strength) if len(words) > 1 else AT_END
        )
    return sorted(found.values(), key=lambda one: -one.strength)


def _field_of_run(words: Sequence[str]) -> str | None:
    text = " ".join(words)
    if text in _NAMES_OF:
        return "name"
    if other := facts("columns")["labels"].get(text) or facts("marks")["labels"].get(text):
        return str(other)
    known = _labels().get(text) or _labels().get(f"{text}s") or _labels().get(text.removesuffix("s"))
    if len(words) == 1 and known is None and len(text) > 4:
        known = _run_together().get(text) or _squeezed().get(squeeze(text))
    return known if len(text) > 2 or len(words) > 1 or text in ("cp", "tel") else None


def squeeze(word: str) -> str:
    """The word without the second of two equal letters and an `e` at its end: `adress`, `adresse`, `address`."""
    short = "".join(sign for at, sign in enumerate(word) if at == 0 or sign != word[at - 1])
    return short.removesuffix("e")


@cache
def _labels() -> Mapping[str, str]:
    return {label: field for field, labels in read_toml("labels.toml").items() for label in labels}


@cache
def _run_together() -> Mapping[str, str]:
    """Labels of several words written as one: `fullname`."""
    return {label.replace(" ", ""): field for label, field in _labels().items() if " " in label}


@cache
def _squeezed() -> Mapping[str, str]:
    return {squeeze(label): field for label, field in _labels().items() if " " not in label and len(label) > 4}


@cache
def _affinities() -> Mapping[str, Mapping[str, float]]:
    """By word of the known labels, how often a label with it means this or that field."""
    counts: dict[str, Counter[str]] = {}
    for label, field in _labels().items():
        for word in label.split():
            counts.setdefault(word, Counter())[field] += 1
    return {
        word: {field: count / sum(fields.values()) for field, count in fields.items()}
        for word, fields in counts.items()
    }


@lru_cache(maxsize=20_000)
def affinity(label: str, field: str) -> float:
    """How near a label's words are to those of a field's known labels, 0 to 1: "contacto" to phone."""
    return max((_affinity_of(word).get(field, 0.0) for word in words_of(label)), default=0.0)


@lru_cache(maxsize=20_000)
def _affinity_of(word: str) -> Mapping[str, float]:
    """A known word's own; else that of the known words that begin with it, or with its first six letters."""
    known = _affinities()
    if word in known or len(word) < 4:
        return known.get(word, {})
    begin = word if len(word) < 6 else word[:6]
    alike = [fields for other, fields in known.items() if other.startswith(begin)]
    return {name: sum(fields.get(name, 0.0) for fields in alike) / len(alike) for fields in alike for name in fields}


@lru_cache(20_000)
def field_of_path(path: tuple[str, ...]) -> str | None:
    """The field that a path means: for `("address", "state", "name")` the region, for `("phones", "no")` the phone."""
    if not path:
        return None
    words = facts("columns")
    key = folded_key(path[-1])
    parent = field_of_path(path[:-1])
    is_value = key in words["plain"]
    if parent in ("phone", "email", "phone_unlisted") and is_value:
        return parent
    if parent and key in words["attributes"]:
        return "ignored"
    if parent in ("page", "website"):
        return parent if key in words["addresses"] else "ignored"
    if parent in words["nested_fields"] and key in words["codes"]:
        return "ignored"
    is_place = parent in ("practice", "name") and key in ("address", "url", "href")
    if parent in words["nested_fields"] and is_value and not is_place:
        return parent
    if len(path) > 1 and key in words["given_and_family"]:
        return str(words["given_and_family"][key])
    if parent == "address" and key == "name":
        return "practice"
    if len(path) > 1 and parent is None and key in ("name", "title", "desc"):
        holder = folded_key(path[-2])
        if holder not in words["holding"]:
            return field_of(f"{path[-2]} {path[-1]}")
    return label_field(path[-1].replace(":", " "))
