"""What is compared: a provider of the directory, and an entry of a register."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticePlace:
    """A place of practice. Country and region are ISO codes; None is what is not stated."""

    street: str | None = None
    city: str | None = None
    region_code: str | None = None
    postcode: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the directory knows of one provider."""

    id: int
    is_person: bool
    names: tuple[str, ...]
    """As listed, the one shown first."""
    credentials: tuple[str, ...] = ()
    spots: tuple[PracticePlace, ...] = ()
    phones: tuple[str, ...] = ()
    """E.164."""
    stated: tuple[str, ...] = ()
    """Numbers in the register that lists state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many entries of the register have what an entry has; `total` of them there are."""

    total: int
    surname: int = 1
    given: int = 1
    organisation: int = 1
    phone: int = 1
    postcode: int = 1
    city: int = 1
    region: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlace:
    """A further place of practice of an entry; an empty text is what it does not state."""

    street: str = ""
    city: str = ""
    region_code: str = ""
    postcode: str = ""
    phone: str = ""
    shares: Shares | None = None
    """How many entries have what stands here; None if nobody has counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a register, as published there; an empty text is what it does not state. Dates are ISO 8601."""

    number: str
    active: bool
    since: str | None = None
    """When it ended, of an entry that is not active."""
    given: str = ""
    middle: str = ""
    surname: str = ""
    suffix: str = ""
    other_surnames: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    credential: str = ""
    taxonomies: tuple[str, ...] = ()
    """Codes of the Health Care Provider Taxonomy."""
    street: str = ""
    city: str = ""
    region_code: str = ""
    postcode: str = ""
    phone: str = ""
    """E.164."""
    elsewhere: tuple[OtherPlace, ...] = ()
    shares: Shares = field(
        default_factory=lambda: Shares(
            total=10_000_000,
            surname=3_000,
            given=30_000,
            organisation=3,
            phone=4,
            postcode=400,
            city=20_000,
            region=300_000,
        )
    )
    """If nobody has counted: those of a register of the size of NPPES, for names and towns that are rather frequent."""
