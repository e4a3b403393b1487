"""How accurate the directory is: measurements of the benchmarks, from `accuracy.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ldn_directory.site.i18n.lazy_text import Phrase, phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement."""

    id: str
    what: Phrase
    value: float
    """A share, 0 to 1."""
    measured_on: Phrase
    command: str
    """The command that repeats the measurement."""
    date: str
    """When it was measured, ISO 8601."""
    readme: str
    """The beginning of the README's row with the same measurement."""


_WHAT = {
    "joined rightly": phrase("Of the entries that were joined, how many are one practitioner"),
    "joined at all": phrase("Of the entries that are one practitioner, how many were joined"),
    "left for a person": phrase("Entries that were left for a person to decide"),
    "names and addresses only": phrase("Joining by names and addresses alone, both of the above in one figure (F1)"),
    "found first": phrase("A name typed with errors: how often the right one comes first"),
    "found among ten": phrase("A name typed with errors: how often the right one is among the first ten"),
    "register right": phrase("Of the entries matched with a register, how many are matched rightly"),
    "register found": phrase("Of the practitioners who are in the register, how many were found there"),
}
_ON = {
    "invented lists": phrase("10,000 invented practitioners on four lists, drawn three times"),
    "febrl": phrase("Febrl 4, a public set of 10,000 records with errors"),
    "febrl names": phrase("Names with errors of Febrl 4, looked for among its 5,000 right ones"),
    "invented register": phrase("20,000 invented practitioners in a register of 9,000,000, with namesakes"),
}


@cache
def figures() -> tuple[Figure, ...]:
    """All measurements, in the order shown."""
    stated = tomllib.loads(files("ldn_directory.site.pages").joinpath("accuracy.toml").read_text("utf-8"))["figure"]
    return tuple(
        Figure(
            id=one["id"],
            what=_WHAT[one["id"]],
            value=one["value"],
            measured_on=_ON[one["measured_on"]],
            command=one["command"],
            date=one["date"].isoformat(),
            readme=one["readme"],
        )
        for one in stated
    )
