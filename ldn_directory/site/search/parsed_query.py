"""What a query was taken to mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ldn_directory.places import Place
from ldn_directory.site.i18n.lazy_text import Phrase


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was understood, and the request parameters of the same search without it."""

    text: Phrase
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    """What a query was taken to mean."""

    words: tuple[str, ...] = ()
    place: Place | None = None
    place_text: str = ""
    """The place as typed."""
    others: tuple[Place, ...] = ()
    """Further places of that name, likeliest first."""
    ask: bool = False
    """Whether one of the others is nearly as likely."""
    near_me: bool = False
    """Whether the place where the reader is was asked for, which is not known."""
    in_words: bool = False
    """Whether the place was found in `q`."""
    kinds: frozenset[str] = frozenset()
    """Values of the column `kind` that are asked for; empty for any."""
    way: str = ""
    """How: `video`, `in_person`, `delivery`, or empty."""
    new_patients: bool = False
    """Whether it is asked who takes new patients."""
    first: tuple[str, ...] = ()
    """Words, such as illnesses, that nobody must have, but who has them comes first."""
    named: tuple[int, ...] = ()
    """Rows that have all the words in their names, words of intent too."""
    chips: tuple[Chip, ...] = ()
    """What was understood."""
    ignored: tuple[str, ...] = ()
    """Words that say nothing about whom to find, as typed."""
    dropped: tuple[str, ...] = ()
    """Words that were left out because nobody matches them."""
    guessed: tuple[str, ...] = ()
    """Words that nobody has, but names like them are shown."""
    relaxed: tuple[str, ...] = ()
    """Which of `kinds`, `way` and `new_patients` was not kept to, because it leaves nobody."""
    elsewhere: str = ""
    """`q` without the place in it: what to ask for at another place."""
    unknown_place: str = ""
    """The value of `near`, if no such place is known."""
    no_gazetteer: bool = False
    """Whether no places could be looked up."""

    @property
    def by_video(self) -> bool:
        """Whether video visits are asked for."""
        return self.way == "video"

    @property
    def is_any_asked(self) -> bool:
        """Whether anything but words is asked for."""
        return bool(self.place or self.kinds or self.way or self.new_patients or self.near_me or self.first)
