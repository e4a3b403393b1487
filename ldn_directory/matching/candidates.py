"""Blocking keys: only listings that share one are compared."""

from __future__ import annotations

from collections.abc import Iterator

import jellyfish

from .commonness import COMMON
from .comparison import PERSON, Comparable


def blocking_keys(one: Comparable) -> Iterator[str]:
    """The keys of a listing. Each begins with its sort, as different sorts are never compared."""
    keys = _person_keys(one) if one.sort == PERSON else _organisation_keys(one)
    for key in dict.fromkeys(keys):
        yield one.sort[:2] + key


def _person_keys(one: Comparable) -> Iterator[str]:
    yield from _contact_keys(one)
    # Namesakes of different towns are two if the name is common (see evidence.py), and are not compared.
    if one.commonness != COMMON:
        yield from _name_keys(one)
    first, last = one.forename, one.surname
    if last and one.initial:
        sound = jellyfish.metaphone(last)
        yield f"b{sound}|{one.initial}|{one.postcode or one.town}"
    if first and last and (one.postcode or one.commonness != COMMON):
        yield f"w{first[:3]}|{last[:3]}|{one.postcode[:3]}"
    if last and one.practice:
        yield f"x{last}|{one.practice}"
    for form in one.forenames:
        if one.postcode:
            yield f"g{form}|{one.postcode}"
        if one.town:
            yield f"h{form}|{one.town}"
    for part in one.surnames:
        if one.postcode:
            yield f"i{part}|{one.postcode}"
        if one.town:
            yield f"j{part}|{one.town}"
    yield from _address_keys(one)


def _name_keys(one: Comparable) -> Iterator[str]:
    """Keys of the name alone, in its region or anywhere."""
    first, last, region = one.forename, one.surname, one.region or one.country
    if last and one.initial:
        for part in one.surnames:
            yield f"a{part}|{one.initial}|{region}"
    if first and last:
        yield f"c{first}|{last}"
        yield f"d{''.join(sorted((first, last)))}|{region}"
        yield f"e{first}|{last[:3]}|{region}"
        yield f"f{first[:3]}|{last}|{region}"


def _address_keys(one: Comparable) -> Iterator[str]:
    for street in one.streets:
        if one.number:
            yield f"k{one.number}|{street}"
            yield f"l{one.number}|{street[:4]}|{one.postcode}"
            yield f"m{one.number}|{street[:4]}|{one.town}"
        if one.postcode:
            yield f"o{street}|{one.postcode}"
        if one.town:
            yield f"p{street}|{one.town}"
    if one.number and one.postcode:
        yield f"n{one.number}|{one.postcode}|{one.surname[:2]}"


def _contact_keys(one: Comparable) -> Iterator[str]:
    for phone in one.phones:
        yield f"q{phone}"
    if one.email:
        yield f"r{one.email}"
    if one.own_page:
        yield f"y{one.own_page}"
    if one.register:
        yield f"s{one.register}"


def _organisation_keys(one: Comparable) -> Iterator[str]:
    yield from _contact_keys(one)
    yield from _address_keys(one)
    for place in (one.postcode, one.town):
        if place and one.title:
            yield f"t{one.title}|{place}"
            yield f"u{one.title.split()[0][:5]}|{place}"
        if place and one.site:
            yield f"v{one.site}|{place}"
