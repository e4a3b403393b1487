"""Works out what a query means: its words, the place that it names, and whether it asks for telehealth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ldn_directory.normalize.towns import place_key
from ldn_directory.places import Gazetteer, Place
from ldn_directory.publish.word_index import NAME, PLACE, PRACTICE, WORK, words_of

from .columns import Columns
from .intent import understand
from .parameters import Query, point_of
from .parsed_query import ParsedQuery
from .place_choice import (
    Choice,
    Context,
    as_written,
    choose_exactly,
    choose_place,
    is_here,
    place_at,
    with_plain_introductions,
)
from .typed_words import TypedWords
from .vocabulary import vocabulary
from .word_scores import fields_of, rows_named

LONGEST_PLACE = 7
"""The most words that the name of a place has, with its region and country."""
LARGE = 100_000
"""From this number of inhabitants, a town is meant even if somebody has the same name."""
MOST_COMPARED = 20_000
"""A word that is in more names than this is not treated as a name."""
KNOWN = 15_000
"""From this number of inhabitants, a town is meant even if nobody in the directory is there."""


def parse_query(query: Query, columns: Columns, gazetteer: Gazetteer | None) -> ParsedQuery:
    """What the query means, given the names in the directory and the places in the gazetteer."""
    read = _near(query, gazetteer) if query.near else ParsedQuery()
    typed = TypedWords(query.q)
    rest = typed.rest() if typed.says_more else []
    if query.places and not query.near and rest:
        if gazetteer is None:
            read = replace(read, no_gazetteer=True)
        elif found := _place_within(query, rest, columns, gazetteer, has_more=typed.has_title):
            rest, text, choice = found
            read = _with_place(read, choice, text, gazetteer, in_words=True)
    return understand(read, typed, rest, query, columns)


def _with_place(
    read: ParsedQuery, choice: Choice, text: str, gazetteer: Gazetteer, *, in_words: bool = False
) -> ParsedQuery:
    return replace(
        read,
        place=as_written(gazetteer, choice.place, text),
        others=choice.others,
        ask=choice.ask,
        place_text=text,
        in_words=in_words,
        near_me=False,
    )


def _context(query: Query) -> Context:
    return Context(home=query.home, country=query.filters.get("country", ""), region=query.filters.get("region", ""))


def _near(query: Query, gazetteer: Gazetteer | None) -> ParsedQuery:
    if point := point_of(query.near):
        return ParsedQuery(place=place_at(gazetteer, point), place_text=query.near)
    if is_here(query.near):
        return ParsedQuery(near_me=True)
    if gazetteer is None:
        return ParsedQuery(unknown_place=query.near, no_gazetteer=True)
    choice = choose_place(gazetteer, query.near, _context(query))
    if choice is None:
        return ParsedQuery(unknown_place=query.near)
    return _with_place(ParsedQuery(), choice, query.near, gazetteer)


def _place_within(
    query: Query, typed: list[str], columns: Columns, gazetteer: Gazetteer, *, has_more: bool
) -> tuple[list[str], str, Choice] | None:
    """(other words, the place as typed, what it means) for the longest place at the end or beginning of the query."""
    for rest, span, introduced in _spans(with_plain_introductions(typed)):
        alone = not rest and not has_more
        text = " ".join(span)
        if not _may_be_a_place(span, alone=alone):
            continue
        choice = choose_exactly(gazetteer, text, _context(query))
        if choice and (introduced or _is_meant(columns, gazetteer, rest, span, choice.place, alone=alone)):
            return rest, text, choice
    return None


def _spans(typed: list[str]) -> Iterator[tuple[list[str], list[str], bool]]:
    """(other words, the words of a possible place, whether a word such as `near` precedes it), longest first."""
    before = vocabulary()["before_a_place"]
    for count in range(min(LONGEST_PLACE, len(typed)), 0, -1):
        rest, span = typed[:-count], typed[-count:]
        introduced = bool(rest) and rest[-1].casefold() in before
        while rest and rest[-1].casefold() in before:
            rest = rest[:-1]
        if span[0].casefold() not in before or count == 1:
            yield rest, span, introduced
        if count < len(typed):
            rest, span = typed[count:], typed[:count]
            begun = span[0].casefold() in before and count > 1
            yield rest, span[1:] if begun else span, begun


def _may_be_a_place(span: list[str], *, alone: bool) -> bool:
    """Whether the words look like the name of a place: not a lone credential, and not only stop words."""
    folded = words_of(" ".join(span))
    if not folded or (len(folded) > 1 and all(word in vocabulary()["empty"] for word in folded)):
        return False
    if len(folded) > 1 or alone:
        return not (len(folded) == 1 and folded[0] in vocabulary()["empty"])
    (word,) = folded
    if word.isdigit():
        return len(word) >= 4
    if len(word) <= 2:
        return span[0].strip(".,").isupper() and word not in vocabulary()["credentials"]
    return word not in vocabulary()["empty"]


def _is_meant(
    columns: Columns, gazetteer: Gazetteer, rest: list[str], span: list[str], place: Place, *, alone: bool
) -> bool:
    """Whether a place is meant rather than somebody's name, judged by the names in the directory."""
    words = words_of(" ".join(span))
    if place.located_by in ("postcode", "point"):
        return any(character.isdigit() for character in "".join(words))
    if rest and _all_in_one_name(columns, [*_significant(rest), *words]):
        return False
    is_area = place.located_by in ("region", "country")
    if len(words) > 1:
        # `ja ro` is the beginning of a name rather than the village Jaro; but New York is meant, whoever is called so.
        is_small = _inhabitants(gazetteer, "".join(words)) < LARGE and "," not in " ".join(span)
        return is_area or not is_small or not _all_in_one_name(columns, words, beginnings=True)
    fields = fields_of(columns.index, words[0])
    if fields & (NAME | PRACTICE | WORK) and not fields & PLACE:
        return _inhabitants(gazetteer, words[0]) >= LARGE and not fields & NAME
    if fields & PLACE or is_area:
        return True
    return alone or _inhabitants(gazetteer, words[0]) >= KNOWN


def _all_in_one_name(columns: Columns, words: list[str], *, beginnings: bool = False) -> bool:
    """Whether one provider has all the words in its name and practice, in full or as beginnings."""
    rows: set[int] | None = None
    for word in words:
        named = rows_named(columns.index, word, beginnings=beginnings)
        if rows is None and len(named) > MOST_COMPARED:
            return False
        rows = set(named.tolist()) if rows is None else rows.intersection(named.tolist())
        if not rows:
            return False
    return bool(rows)


def _significant(tokens: list[str]) -> list[str]:
    """The words of the tokens without stop words; all of them if there are only stop words."""
    words = list(dict.fromkeys(words_of(" ".join(tokens))))
    return [word for word in words if word not in vocabulary()["empty"]] or words


def _inhabitants(gazetteer: Gazetteer, word: str) -> float:
    return max((town.weight for town in gazetteer.towns_named(place_key(word))), default=0.0)
