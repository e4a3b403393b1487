"""Pages without practitioners that look like lists, or like pages that should have one: nothing is to be read in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from random import Random
from typing import Any

from .people import Town, invent_phone, table, towns

Draw = Callable[["Scene"], str]
NEGATIVES: dict[str, Draw] = {}
"""By name; filled by this module and by held_out_negatives.py."""
SCENES = ("en-US", "en-GB", "de", "fr", "es", "it", "nl")
THINGS = (
    "lantern",
    "kettle",
    "rope",
    "stool",
    "ladle",
    "basket",
    "candle",
    "anvil",
    "blanket",
    "whistle",
    "saddle",
    "barrel",
)
MEDICAL_THINGS = (
    "tablet",
    "capsule 4.5 mg",
    "naltrexone drops",
    "sleep study",
    "pain course",
    "inhaler",
    "health plan",
)
MEDICAL_TITLES = (
    "low-dose naltrexone",
    "LDN for patients",
    "medicines",
    "pain and sleep",
    "for doctors and pharmacies",
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


@dataclass(slots=True)
class Scene:
    """What a page without practitioners is drawn from."""

    language: str
    chance: Random
    words: dict[str, Any]
    towns: tuple[Town, ...]
    medical: bool
    """Whether the page speaks of medicines and patients; half of them do, and are the harder ones."""

    def thing(self) -> str:
        """A thing that is sold or spoken of, in two words."""
        return f"{self.stem()} {self.chance.choice(MEDICAL_THINGS if self.medical else THINGS)}"

    def about(self, title: str) -> str:
        """A title, with what the page is about."""
        return f"{title}: {self.chance.choice(MEDICAL_TITLES)}" if self.medical else title

    def stem(self) -> str:
        """An invented proper name."""
        return str(self.chance.choice(table("names")["practices"]["stems"]))

    def town(self) -> Town:
        """A town of the country."""
        return self.chance.choice(self.towns)

    def person(self) -> str:
        """A name, which nobody bears."""
        data = table("names").get(self.language) or {
            "given": ["Ada", "Bo", "Cleo", "Dov"],
            "family": ["Marsh", "Pell", "Vole", "Wick"],
        }
        name = f"{self.chance.choice(data['given'])} {self.chance.choice(data['family'])}"
        return self.chance.choice((f"Dr. {name}", f"{name}, MD", name)) if self.medical else name

    def number(self, low: int, high: int) -> int:
        """A whole number."""
        return self.chance.randint(low, high)

    def price(self) -> str:
        """A price."""
        return (
            f"${self.number(2, 90)}.{self.number(0, 99):02d}"
            if self.language == "en-US"
            else f"{self.number(2, 90)},{self.number(0, 99):02d} €"
        )

    def day(self) -> str:
        """A date of one year."""
        return f"2031-{self.number(1, 12):02d}-{self.number(1, 28):02d}"

    def phone(self) -> str:
        """A number that nobody has."""
        return invent_phone(self.town(), self.chance, 2)


def negative(draw: Draw) -> Draw:
    """Registers a function as the negative of its own name."""
    NEGATIVES[draw.__name__] = draw
    return draw


def make_negative(name: str, seed: int) -> bytes:
    """One page; equal arguments give equal pages."""
    chance = Random(f"{name} {seed}")
    language = chance.choice(SCENES)
    words = table("words")[language]
    scene = Scene(language, chance, words, towns(words["countries"][0]), chance.random() < 0.5)
    return NEGATIVES[name](scene).encode()


def document(scene: Scene, title: str, body: str) -> str:
    """The page around the body, with an organisation's contact in its footer."""
    title = scene.about(title)
    menu = "".join(f'<li><a href="/{place}">{escape(word)}</a></li>' for place, word in enumerate(scene.words["menu"]))
    town = scene.town()
    foot = f"{escape(scene.stem())}, 4 {escape(scene.stem())} Way, {escape(town.city)} {town.postcode}, {scene.phone()}"
    return (
        f'<!DOCTYPE html><html lang="{scene.language[:2]}"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><nav><ul>{menu}</ul></nav><main><h1>{escape(title)}</h1>{body}</main><footer><p>{foot}</p></footer></body></html>"
    )


def grid(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


@negative
def product_table(scene: Scene) -> str:
    """A table of wares: maker, name, size and price."""
    rows = [
        (scene.stem(), scene.thing(), f"{scene.number(1, 90)} cm", scene.price(), scene.number(0, 40))
        for _ in range(scene.number(6, 20))
    ]
    return document(scene, "Price list", grid(("Maker", "Item", "Size", "Price", "Stock"), rows))


@negative
def duty_calendar(scene: Scene) -> str:
    """A month with days in a grid and a word or two in some."""
    cells = [
        f"<td>{day}{'<br>' + escape(scene.stem()) if scene.chance.random() < 0.4 else ''}</td>" for day in range(1, 31)
    ]
    rows = "".join(f"<tr>{''.join(cells[start : start + 7])}</tr>" for start in range(0, 30, 7))
    return document(scene, f"Calendar {scene.number(2030, 2033)}", f"<table class='calendar'>{rows}</table>")


@negative
def appointment_slots(scene: Scene) -> str:
    """Free times to choose from, a column a day."""
    times = [f"{hour}:{minute:02d}" for hour in range(8, 12) for minute in (0, 20, 40)]
    days = "".join(
        f"<div class='day'><h4>{day} {scene.number(1, 28)}/{scene.number(1, 12)}</h4>"
        f"{''.join(f'<button>{time}</button>' for time in times if scene.chance.random() < 0.7)}</div>"
        for day in DAYS
    )
    return document(scene, "Choose a time", f"<div class='slots'>{days}</div><button>Next week</button>")


@negative
def news(scene: Scene) -> str:
    """Teasers of articles, each with a day, an author and a sentence."""
    items = "".join(
        f"<article><h3><a href='/n/{place}'>A new {escape(scene.thing())} in {escape(scene.town().city)}</a></h3>"
        f"<p class='meta'>{scene.day()} | {escape(scene.person())}</p><p>It was found that the {escape(scene.thing())} lasts. {escape(scene.words['intro'][0])}</p></article>"
        for place in range(scene.number(5, 10))
    )
    return document(scene, str(scene.words["menu"][2]), items)


@negative
def homepage_without_staff(scene: Scene) -> str:
    """The start page of a society: what it does, what it asks for, and no people."""
    parts = "".join(
        f"<section><h2>{escape(scene.stem())}</h2><p>{escape(scene.words['intro'][0])} {escape(scene.words['advert'][0])}</p></section>"
        for _ in range(4)
    )
    return document(
        scene, scene.stem() + " Society", f"{parts}<a class='btn' href='/give'>{escape(scene.words['menu'][-1])}</a>"
    )


@negative
def search_form(scene: Scene) -> str:
    """A form that would lead to a list."""
    options = "".join(
        f"<option value='{town.region_code}'>{escape(town.region or town.city)}</option>"
        for town in (scene.town() for _ in range(20))
    )
    labels = scene.words
    form = (
        f"<form action='/find' method='get'><label>{escape(labels['name'][0])} <input name='n'></label><label>{escape(labels['city'][0])} <input name='c'></label>"
        f"<label>{escape(labels['region'][0])} <select name='r'>{options}</select></label><select name='km'><option>10</option><option>50</option></select><button>OK</button></form>"
    )
    return document(scene, str(labels["heads"][0]), f"<p>{escape(labels['intro'][0])}</p>{form}")


@negative
def job_list(scene: Scene) -> str:
    """Openings: what is sought, where and until when."""
    jobs = "".join(
        f"<li class='job'><h3>Maker of {escape(scene.thing())}s</h3><p>{escape(scene.stem())} Works, {escape(scene.town().city)}</p>"
        f"<p>Apply by {scene.day()}. {scene.number(20, 40)} hours</p></li>"
        for _ in range(scene.number(5, 12))
    )
    return document(scene, "Jobs", f"<ul>{jobs}</ul>")


@negative
def event_list(scene: Scene) -> str:
    """Days on which something happens in a hall."""
    events = "".join(
        f"<div class='event'><time>{scene.day()} 19:30</time><h3>An evening about the {escape(scene.thing())}</h3>"
        f"<p>{escape(scene.stem())} Hall, {escape(scene.town().city)}</p><a href='/tickets'>{scene.price()}</a></div>"
        for _ in range(scene.number(5, 12))
    )
    return document(scene, "Events", events)


@negative
def conference_programme(scene: Scene) -> str:
    """Talks with times, rooms and speakers, about nothing medical."""
    rows = [
        (f"{hour}:00", f"On the {scene.thing()}", scene.person(), f"Room {scene.number(1, 9)}")
        for hour in range(9, 9 + scene.number(5, 9))
    ]
    return document(scene, f"{scene.stem()} Conference of Rope Makers", grid(("Time", "Talk", "Speaker", "Room"), rows))


@negative
def property_list(scene: Scene) -> str:
    """Houses to let: street, town, rooms and rent."""
    homes = "".join(
        f"<div class='home'><img src='/h.jpg' alt=''><h3>{scene.number(2, 90)} {escape(scene.stem())} Road, {escape(scene.town().city)}</h3>"
        f"<ul><li>{scene.number(1, 6)} rooms</li><li>{scene.number(30, 180)} m²</li><li>{scene.price()} a day</li></ul></div>"
        for _ in range(scene.number(5, 12))
    )
    return document(scene, "Homes to let", homes)


@negative
def bus_timetable(scene: Scene) -> str:
    """Stops and times of a line."""
    rows = [
        (f"{scene.town().city}, {scene.stem()}", *(f"{hour}:{scene.number(0, 59):02d}" for hour in range(6, 12)))
        for _ in range(scene.number(6, 14))
    ]
    return document(
        scene, f"Line {scene.number(1, 99)}", grid(("Stop", *(f"Bus {place}" for place in range(1, 7))), rows)
    )
