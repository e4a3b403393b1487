"""Who is wanted, in which way and when: what words of intent ask for, and whom they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ldn_directory.publish.word_index import NAME, Numbers
from ldn_directory.site.i18n.lazy_text import Phrase, phrase

from .columns import Columns
from .parameters import Query
from .place_choice import called
from .reachability import BY_VIDEO, NEAR
from .text_match import Matches
from .typed_words import TypedWords
from .vocabulary import FIRST, PROFESSION, condition_phrases, find_phrases, is_profession, vocabulary
from .word_scores import fields_of, rows_named, word_scores

if TYPE_CHECKING:
    from .query_parser import ParsedQuery

KINDS = {"doctor": frozenset({"prescriber", "clinic", "telehealth"}), "pharmacy": frozenset({"pharmacy"})}
"""Who is asked for -> values of the column `kind`. Doctors: whoever can prescribe."""
WHO = {"doctor": phrase("Doctors and clinics"), "pharmacy": phrase("Pharmacies")}
WAYS = {"video": phrase("Video visits"), "delivery": phrase("By delivery"), "in_person": phrase("In person")}
NEW_PATIENTS = phrase("Takes new patients")
NEAR_ME = phrase("Near you")
MOST_NAMED = 20
"""More rows than this that have all the words in their names are no longer one name."""
MOST_COMPARED = 20_000
"""A word that is in more names than this is not treated as a name."""
WHOLE_NAME = 3
"""From this number of words, words of intent that are somebody's whole name are that name."""
LEVELS = 128
"""The difference between who is preferred and who is not, in levels of match."""
_SMALL_WORDS = ("the", "of", "and", "a", "der", "die", "das", "und", "la", "el", "de", "y")
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was understood, and the request parameters of the same search without it."""

    text: Phrase
    parameters: Mapping[str, str]


def understand(read: ParsedQuery, typed: TypedWords, rest: list[str], query: Query, columns: Columns) -> ParsedQuery:
    """Adds what the words mean besides the place. `rest` has the tokens that are neither intent, noise nor place."""
    place_text = read.place_text if read.in_words else ""
    read = replace(read, elsewhere=typed.without_place(place_text))
    names = typed.named_words(place_text)
    others = [word for word in names if not typed.meant(word)]
    if _is_whole_name(columns, typed, names, others):
        return replace(read, words=tuple(dict.fromkeys(names)), chips=tuple(_place_chips(read, query)))
    words, first = _split_conditions(columns, rest)
    kinds, way = _kinds(typed, words), _way(typed)
    kept = _noise_in_names(columns, typed, words)
    return replace(
        read,
        words=tuple(dict.fromkeys((*typed.values(PROFESSION), *words, *kept))),
        first=tuple(dict.fromkeys((*typed.values(FIRST), *first))),
        kinds=kinds,
        way="delivery" if way == "video" and kinds == KINDS["pharmacy"] else way,
        new_patients="new_patients" in typed.values("when"),
        near_me=read.place is None and (read.near_me or "near_me" in typed.values("where")),
        named=_named_rows(columns, names, others) if len(others) < len(names) else (),
        ignored=tuple(word for word in typed.noise() if word.casefold() not in kept),
        chips=tuple(_chips(read, typed, query)),
    )


def _kinds(typed: TypedWords, words: list[str]) -> frozenset[str]:
    who = set(typed.values("who"))
    if typed.values(PROFESSION) or any(map(is_profession, words)) or typed.values(FIRST):
        who.add("doctor")
    return frozenset[str]().union(*(KINDS[one] for one in who))


def _way(typed: TypedWords) -> str:
    ways = typed.values("how")
    return ways[0] if ways else ""


def _split_conditions(columns: Columns, rest: list[str]) -> tuple[list[str], list[str]]:
    """(words that somebody must have, words of illnesses, who has which comes first)."""
    words = TypedWords(" ".join(rest)).words
    wanted: list[str] = []
    first: list[str] = []
    ill = {place for begin, end, _ in find_phrases(words, condition_phrases()) for place in range(begin, end)}
    table, after_for = vocabulary(), False
    for place, word in enumerate(words):
        if word in table["before_a_place"] or word in table["before_a_condition"]:
            after_for = word in table["before_a_condition"]
        elif word in table["stop"] or word in table["titles"]:
            continue
        elif place in ill or (after_for and not fields_of(columns.index, word) & NAME):
            first.append(word)
        else:
            wanted.append(word)
    return wanted, first


def _rows_with_all(columns: Columns, words: list[str]) -> Numbers:
    """Rows that have all the words in their names or practices, in full; none if every word is in very many."""
    lists = sorted((rows_named(columns.index, word, beginnings=False) for word in dict.fromkeys(words)), key=len)
    if not lists or len(lists[0]) > MOST_COMPARED:
        return _NONE
    rows = lists[0]
    for other in lists[1:]:
        rows = rows[_is_in(rows, other)]
    return rows


def _is_in(rows: Numbers, listed: Numbers) -> Numbers:
    """For each of the rows whether it is listed; both rise."""
    if not len(listed):
        return np.zeros(len(rows), bool)
    return np.asarray(listed[np.minimum(np.searchsorted(listed, rows), len(listed) - 1)] == rows)


def _whole_names(columns: Columns, words: list[str]) -> Numbers:
    """Rows whose name or practice are these words, with or without small words such as `the`."""
    rows = _rows_with_all(columns, words)[: MOST_NAMED * 5]
    if not len(rows):
        return rows
    lengths = np.full(len(rows), len(set(words)))
    for word in _SMALL_WORDS:
        if word not in words:
            lengths += _is_in(rows, rows_named(columns.index, word, beginnings=False))
    return np.asarray(rows[columns.index.name_lengths[rows] == lengths])


def _is_whole_name(columns: Columns, typed: TypedWords, names: list[str], others: list[str]) -> bool:
    """Whether words of intent are somebody's whole name, such as `Harbour Pharmacy` or `The Doctors Pharmacy`."""
    if len(others) == len(names) or len(names) < 2 or (not others and len(typed.words) < WHOLE_NAME):
        return False
    return bool(len(_whole_names(columns, names)))


def _named_rows(columns: Columns, names: list[str], others: list[str]) -> tuple[int, ...]:
    """Rows that have all the words in their names, words of intent too: they come first, whatever else they are."""
    if len(names) < 2 and others == names:
        return ()
    rows = _rows_with_all(columns, names) if others else _whole_names(columns, names)
    return tuple(rows.tolist()) if len(rows) <= MOST_NAMED else ()


def _noise_in_names(columns: Columns, typed: TypedWords, words: list[str]) -> list[str]:
    """Words of noise that are part of a name: of one with the other words, or after a title, as in `Dr. Best`."""
    noise = [word for token in typed.noise() for word in TypedWords(token).words]
    if words:
        return [word for word in noise if len(_rows_with_all(columns, [*words, word]))]
    return [word for word in noise if typed.has_title and fields_of(columns.index, word) & NAME]


def _chips(read: ParsedQuery, typed: TypedWords, query: Query) -> Iterator[Chip]:
    def without(*tables: str, value: str | None = None) -> dict[str, str]:
        return _with_words(query, typed.without(tables, value))

    who = typed.values("who")
    if "doctor" in who or typed.values(FIRST):
        yield Chip(WHO["doctor"], _with_words(query, _without_doctors(typed)))
    if "pharmacy" in who:
        yield Chip(WHO["pharmacy"], without("who", value="pharmacy"))
    for word in typed.values(PROFESSION):
        yield Chip(phrase("“%(words)s”", words=word), without(PROFESSION, value=word))
    if way := _way(typed):
        is_pharmacy = way == "video" and who == ("pharmacy",)
        yield Chip(WAYS["delivery" if is_pharmacy else way], without("how"))
    if typed.values("when"):
        yield Chip(NEW_PATIENTS, without("when"))
    if typed.values("where"):
        yield Chip(NEAR_ME, without("where"))
    yield from _place_chips(read, query)


def _without_doctors(typed: TypedWords) -> str:
    return TypedWords(typed.without(("who",), "doctor")).without((FIRST,))


def _place_chips(read: ParsedQuery, query: Query) -> Iterator[Chip]:
    if read.place is None:
        return
    text, parameters = phrase("Place: %(place)s", place=called(read.place)), query.parameters()
    if read.in_words:
        yield Chip(text, parameters | {"place": "no"})
    else:
        yield Chip(text, {name: value for name, value in parameters.items() if name not in ("near", "within")})


def _with_words(query: Query, q: str) -> dict[str, str]:
    return {name: value for name, value in (query.parameters() | {"q": q}).items() if value}


def intent_mask(columns: Columns, parsed: ParsedQuery, rows: Numbers, groups: Numbers | None) -> Numbers:
    """For each of the rows whether it is whom the words ask for. `groups` has the group of every provider."""
    mask = np.ones(len(rows), bool)
    if parsed.kinds:
        kind = columns.coded["kind"]
        # One more than there are values: the last is for rows without any, whose code is -1.
        wanted = np.array([value in parsed.kinds for value in (*kind.values, "")])
        mask &= wanted[kind.codes[rows]]
    if parsed.way:
        mask &= _in_way(columns, parsed, rows, None if groups is None else groups[rows])
    if parsed.new_patients:
        accepts = columns.coded["accepts_new"]
        mask &= accepts.codes[rows] != accepts.code("no")
    if parsed.named:
        mask |= np.isin(rows, parsed.named)
    return mask


def _in_way(columns: Columns, parsed: ParsedQuery, rows: Numbers, groups: Numbers | None) -> Numbers:
    """Whether each of the rows can be reached in the way that is asked for."""
    kind, telehealth = columns.coded["kind"], columns.coded["telehealth"]
    by_kind = kind.codes[rows]
    if parsed.way == "in_person":
        mask = by_kind != kind.code("telehealth")
        return np.asarray(mask if groups is None else mask & (groups != BY_VIDEO))
    serving = _serves(columns, parsed, rows)
    is_pharmacy = by_kind == kind.code("pharmacy")
    if parsed.way == "delivery":
        by_pharmacies = serving & is_pharmacy
        return by_pharmacies if not parsed.kinds and by_pharmacies.any() else serving
    by_video = (telehealth.codes[rows] == telehealth.code("yes")) | (by_kind == kind.code("telehealth"))
    if groups is not None:
        by_video &= ~columns.states_where[rows] | (groups == NEAR)
    return np.asarray(by_video | (serving & ~is_pharmacy))


def _serves(columns: Columns, parsed: ParsedQuery, rows: Numbers) -> Numbers:
    """Whether each of the rows states that it serves the place; without a place, that it serves any."""
    if parsed.place is None:
        return np.asarray(columns.states_where[rows])
    region, land = parsed.place.region_code, parsed.place.country_code
    codes = [code for code in (region, land) if code]
    if land and not region:
        codes += [code for code in columns.served if code.startswith(f"{land}-")]
    return np.isin(rows, np.concatenate([_NONE, *(columns.served.get(code, _NONE) for code in codes)]))


def narrow(
    columns: Columns,
    parsed: ParsedQuery,
    rows: Numbers,
    groups: Numbers | None,
    is_anybody: Callable[[Numbers], bool],
) -> tuple[Numbers, ParsedQuery]:
    """(the rows that the words ask for, the meaning with what could not be kept to as `relaxed`).

    What leaves nobody, by `is_anybody`, is not kept to: first new patients, then the way, then the kinds.
    """
    stated = [name for name in ("kinds", "way", "new_patients") if getattr(parsed, name)]
    if not stated:
        return rows, parsed
    for kept in sorted(product((True, False), repeat=len(stated)), reverse=True):
        relaxed = tuple(name for name, keeps in zip(stated, kept, strict=True) if not keeps)
        asked = replace(parsed, **{name: type(getattr(parsed, name))() for name in relaxed})
        found = rows[intent_mask(columns, asked, rows, groups)]
        if is_anybody(found):
            return found, replace(parsed, relaxed=relaxed)
    return rows, parsed


def prefer(
    columns: Columns, parsed: ParsedQuery, matches: Matches | None, rows: Numbers
) -> tuple[Matches | None, ParsedQuery]:
    """(the matches with those first whom the words would rather have, the meaning without words that nobody has).

    `rows` are all rows if there are no matches.
    """
    having = {word: word_scores(columns, word)[rows] > 0 for word in parsed.first}
    first = tuple(word for word, mask in having.items() if mask.any())
    ill = tuple(word for word in parsed.first if word not in first and word not in vocabulary()[FIRST].values())
    parsed = replace(parsed, first=first, dropped=(*parsed.dropped, *ill))
    if not (parsed.new_patients or first or parsed.named):
        return matches, parsed
    matches = matches or Matches(rows=rows, levels=np.zeros(len(rows), np.int32))
    behind = np.zeros(len(rows), np.int32)
    if parsed.new_patients:
        accepts = columns.coded["accepts_new"]
        behind += accepts.codes[rows] != accepts.code("yes")
    if first:
        behind += ~np.logical_or.reduce([having[word] for word in first])
    if parsed.named:
        behind = np.where(np.isin(rows, parsed.named), 0, behind + 1)
    levels = np.minimum(matches.levels, LEVELS - 1) + LEVELS * behind
    return replace(matches, levels=levels.astype(np.int32)), parsed


def intent_sentences(parsed: ParsedQuery) -> Iterator[Phrase]:
    """What could not be kept to, and who comes first."""
    for word in parsed.dropped:
        yield phrase("Nobody listed here matches “%(word)s”; shown without it.", word=word)
    if "kinds" in parsed.relaxed:
        pharmacy = parsed.kinds == KINDS["pharmacy"]
        yield (
            phrase("No pharmacy matches this; showing everyone.")
            if pharmacy
            else phrase("No doctor or clinic matches this; showing everyone.")
        )
    if "way" in parsed.relaxed:
        yield _NOT_IN_THIS_WAY[parsed.way]
    if "new_patients" in parsed.relaxed:
        yield phrase("Nobody who matches says they take new patients; showing all.")
    elif parsed.new_patients:
        yield phrase("Those who say they take new patients come first.")


_NOT_IN_THIS_WAY = {
    "video": phrase("Nobody who matches says they offer video visits; showing all."),
    "delivery": phrase("Nobody who matches says they deliver there; showing all."),
    "in_person": phrase("Nobody who matches can be visited in person; showing all."),
}
