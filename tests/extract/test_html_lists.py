"""Lists of boxes and lines: one entry for each person, with what belongs to it, however the page sets it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from ldn_directory.extract.candidates import rank_candidates
from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page
from ldn_directory.model import Listing

PEOPLE = (
    ("Ada Thornbury, MD", "Blue Otter", "12 Oak Street", "Akron, OH 44301", "330-555-0101"),
    ("Bruno Keld, DO", "Keld & Sons", "9 Elm Road", "Toledo, OH 43601", "419-555-0102"),
    ("Cora Linden, NP", "Second Morning", "4 Bay Street", "Dayton, OH 45401", "937-555-0103"),
    ("Dov Marlow, MD", "The Quiet Room", "77 Lark Lane", "Austin, TX 78701", "512-555-0104"),
)
NAMES = [name.split(",")[0] for name, *_ in PEOPLE]
PHONES = [phone for *_, phone in PEOPLE]
TOWNS = [town.split(",")[0] for _, _, _, town, _ in PEOPLE]


def page_of(body: str) -> Page:
    html = f'<!DOCTYPE html><html lang="en"><head><title>Members</title></head><body>{body}</body></html>'
    return Page("https://lists.example.com/members", html.encode(), "text/html; charset=utf-8")


def read(body: str) -> Sequence[Listing]:
    """The entries of the best reading."""
    return rank_candidates(page_of(body))[0].listings


def phones_of(listings: Sequence[Listing]) -> list[str]:
    return [", ".join(phone.raw for phone in one.phones) for one in listings]


def names_of(listings: Sequence[Listing]) -> list[str | None]:
    return [one.name for one in listings]


ENDS = {
    "nothing but the next name": " ",
    "semicolons": "; ",
    "line breaks": "<br>",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_several_people_in_one_paragraph_are_told_apart_by_what_stands_between_them(end: str) -> None:
    lines = [f"{name} {phone}" for name, *_, phone in PEOPLE]
    found = read(f"<h2>Ohio</h2><p>{end.join(lines[:3])}</p><h2>Texas</h2><p>{lines[3]}</p>")
    assert names_of(found) == NAMES
    assert phones_of(found) == PHONES
    assert [one.region for one in found] == ["Ohio", "Ohio", "Ohio", "Texas"]


TOWN_LINES = {
    "a line of its own": "<p>{town}</p><p>{name} {phone}</p>",
    "in the same paragraph": "<p>{town}<br>{name} {phone}</p>",
    "in the same box": "<div class='e'>{town}<br>{name}<br>{phone}</div>",
}


@pytest.mark.parametrize("layout", TOWN_LINES.values(), ids=list(TOWN_LINES))
def test_a_town_above_an_entry_is_its_town_and_not_that_of_the_entry_before(layout: str) -> None:
    rows = (layout.format(town=town[:-6], name=name, phone=phone) for name, _, _, town, phone in PEOPLE)
    found = read("".join(rows))
    assert [one.city for one in found] == TOWNS
    assert phones_of(found) == PHONES
    assert [one.street for one in found] == [None] * 4


def test_an_area_code_in_brackets_follows_a_name_and_a_site_follows_it() -> None:
    rows = (f"<p>{name} ({phone[:3]}) {phone[4:]} p{at}.example.com</p>" for at, (name, *_, phone) in enumerate(PEOPLE))
    found = read(f"<h3>Ohio</h3>{''.join(rows)}")
    assert phones_of(found) == [f"({phone[:3]}) {phone[4:]}" for phone in PHONES]
    assert [one.website for one in found] == [f"https://p{at}.example.com" for at in range(4)]


PRACTICES = {
    "classes that say nothing": (
        "<div class='h'><b>{name}</b><p class='x7'>{practice}</p><address>{street}<br>{town}</address><p>{phone}</p></div>"
    ),
    "no classes": "<li><strong>{name}</strong><br>{practice}<br>{street}<br>{town}<br>{phone}</li>",
    "spans that touch": "<div><span class='a'>{name}</span><span class='b'>{practice}</span><span class='c'>{street}, "
    "{town}</span><span class='d'>{phone}</span></div>",
}


@pytest.mark.parametrize("layout", PRACTICES.values(), ids=list(PRACTICES))
def test_a_practice_needs_no_word_for_practice_because_its_column_tells_it(layout: str) -> None:
    rows = (layout.format(name=n, practice=p, street=s, town=t, phone=f) for n, p, s, t, f in PEOPLE)
    found = read(f"<section>{''.join(rows)}</section>")
    assert [one.practice for one in found] == [practice for _, practice, *_ in PEOPLE]
    assert [one.city for one in found] == TOWNS


@pytest.mark.parametrize(
    "lines",
    [
        ("Listening comes first", "Care for the whole family", "Small steps, every day", "At home with long illness"),
        TOWNS,
    ],
    ids=["mottoes", "towns"],
)
def test_a_column_of_mottoes_or_towns_is_no_column_of_practices(lines: Sequence[str]) -> None:
    rows = (
        f"<div class='c'><h3>{one[0]}</h3><p>{line}</p><p>{one[4]}</p></div>"
        for one, line in zip(PEOPLE, lines, strict=True)
    )
    assert [one.practice for one in read("".join(rows))] == [None] * 4


def test_the_columns_and_the_boxes_that_were_taken_are_said() -> None:
    rows = (f"<div class='c'><h3>{n}</h3><p>{p}</p><p>{s}<br>{t}</p><p>{f}</p></div>" for n, p, s, t, f in PEOPLE)
    found = generic.extract(page_of("".join(rows)))
    assert ("practice", "below the name, and written as names are") in [(one.field, one.why) for one in found.columns]
    assert found.reasons == (
        "4 boxes 'div.c' that repeat were taken for entries: each has a name, and 4 have a contact or an address",
    )


COPIES = {
    "a tile and its dialog": (
        "<div class='tile'><h3>{name}</h3><p>{town}</p><a href='#more'>More</a></div>",
        "<div class='dialog'><h2>{name}</h2><p>{street}<br>{town}</p><p>{phone}</p></div>",
    ),
    "wide and narrow screens": (
        "<div class='c'><h3>{name}</h3><p>{street}<br>{town}</p><p>{phone}</p></div>",
        "<div class='m'><b>{name}</b><span>{town}</span><a href='tel:{phone}'>{phone}</a></div>",
    ),
}


@pytest.mark.parametrize("layouts", COPIES.values(), ids=list(COPIES))
def test_a_list_that_stands_there_twice_gives_each_person_once(layouts: tuple[str, str]) -> None:
    parts = (
        "".join(layout.format(name=n, street=s, town=t, phone=f) for n, _, s, t, f in PEOPLE) for layout in layouts
    )
    found = read("".join(f"<div>{part}</div>" for part in parts))
    assert names_of(found) == NAMES
    assert [one.street for one in found] == [street for _, _, street, *_ in PEOPLE]
    assert phones_of(found) == PHONES


def test_what_a_card_and_its_own_dialog_repeat_is_no_value() -> None:
    rows = (
        f"<li class='card'><button>Unfold {n}</button><h3>{n}</h3><div>4.1 miles / 6.6 km</div>"
        f"<div class='more'><p>{f}</p><h3>{n}</h3><p>We take our time with you.</p></div></li>"
        for n, _, _, _, f in PEOPLE
    )
    found = read(f"<ul>{''.join(rows)}</ul>")
    assert names_of(found) == NAMES
    assert [(one.street, one.city, one.practice) for one in found] == [(None, None, None)] * 4


@pytest.mark.parametrize("open_at", [0, 1])
def test_a_card_that_is_never_closed_does_not_swallow_the_next(open_at: int) -> None:
    cards = [f"<div class='cd'><h3>{n}</h3><p>{s}<br>{t}</p><p>{f}</p>" for n, _, s, t, f in PEOPLE]
    body = "".join(
        f"{card}<div class='note'><i>open late</i>" if at == open_at else f"{card}</div>"
        for at, card in enumerate(cards)
    )
    found = read(f"<div>{body}</div></div></div>")
    assert sorted(map(str, names_of(found))) == sorted(NAMES)
    assert sorted(phones_of(found)) == sorted(PHONES)


def test_one_script_and_one_list_each_say_half_of_an_entry() -> None:
    places = [{"title": n.split(",")[0], "street": s, "city": t.split(",")[0]} for n, _, s, t, _ in PEOPLE]
    rows = "".join(
        f"<div class='row'><a href='/m'>{n}</a><div>{t}</div><div>{f}</div></div>" for n, _, _, t, f in PEOPLE
    )
    found = read(f"<script type='application/json'>{json.dumps({'places': places})}</script>{rows}")
    assert [one.street for one in found] == [street for _, _, street, *_ in PEOPLE]
    assert phones_of(found) == PHONES
    assert [one.credentials for one in found] == ["MD", "DO", "NP", "MD"]


def test_a_namesake_at_another_place_does_not_complete_an_entry() -> None:
    others = [{"title": n.split(",")[0], "street": "1 Far Road", "city": "Boise", "state": "ID"} for n, *_ in PEOPLE]
    rows = "".join(f"<div class='row'><b>{n}</b><div>{t}</div><div>{f}</div></div>" for n, _, _, t, f in PEOPLE)
    found = read(f"{rows}<script type='application/json'>{json.dumps({'places': others})}</script>")
    assert [one.street for one in found] == [None] * 4
    assert [one.city for one in found] == TOWNS


OFFICES = {
    "numbered": "<div class='place'><b>Office {at}:</b><p>{practice}</p><p>{street}<br>{town}</p><p>{phone}</p></div>",
    "in a list": "<li>{practice}<br>{street}<br>{town}<br>{phone}</li>",
}


@pytest.mark.parametrize("layout", OFFICES.values(), ids=list(OFFICES))
def test_the_offices_of_one_person_stay_under_the_name(layout: str) -> None:
    of_person = (("Ada Thornbury, MD", PEOPLE[:2]), ("Bruno Keld, DO", PEOPLE[2:3]), ("Elsa Wynn, ND", PEOPLE[3:]))
    rows = ""
    for name, places in of_person:
        offices = (
            layout.format(at=at, practice=f"{p} Clinic", street=s, town=t, phone=f)
            for at, (_, p, s, t, f) in enumerate(places, 1)
        )
        rows += f"<div class='p'><h3>{name}</h3><ul>{''.join(offices)}</ul></div>"
    found = read(rows)
    assert names_of(found) == ["Ada Thornbury", "Ada Thornbury", "Bruno Keld", "Elsa Wynn"]
    assert [one.city for one in found] == TOWNS
    assert phones_of(found) == PHONES


def test_who_has_a_name_and_no_more_is_an_entry_among_others_that_have_more() -> None:
    rows = "".join(
        f"<div class='c'><h3>{n}</h3>{f'<p>{t}</p>' if at % 2 else ''}</div>"
        for at, (n, _, _, t, _) in enumerate(PEOPLE)
    )
    assert names_of(read(rows)) == NAMES


def test_a_plain_line_above_several_boxes_is_their_heading() -> None:
    cards = [f"<div class='c'><b>{n}</b><p>{f}</p></div>" for n, *_, f in PEOPLE]
    parts = zip(("Neurology", "Pediatrics"), (cards[:2], cards[2:]), strict=True)
    found = read("".join(f"<div><p class='g'>{subject}</p>{''.join(some)}</div>" for subject, some in parts))
    assert [one.specialty for one in found] == ["Neurology", "Neurology", "Pediatrics", "Pediatrics"]


def test_parts_of_an_address_in_boxes_of_their_own_are_one_address() -> None:
    parts = (("12 Oak Street", "Suite 4", "Akron", "Ohio", "44301-1234"), ("PO Box 9", "Toledo", "Ohio", "43601"))
    parts += (("77 Lark Lane", "Austin", "Texas", "78701"),)
    rows = (
        f"<div class='c'><h3>{name}</h3>{''.join(f'<div>{part}</div>' for part in some)}</div>"
        for name, some in zip(NAMES, parts, strict=False)
    )
    found = read("".join(rows))
    assert [one.street for one in found] == ["12 Oak Street, Suite 4", "PO Box 9", "77 Lark Lane"]
    assert [(one.city, one.postcode) for one in found] == [
        ("Akron", "44301-1234"),
        ("Toledo", "43601"),
        ("Austin", "78701"),
    ]


def test_people_whom_labels_number_are_told_apart() -> None:
    stated = {"Address": "12 Oak Street, Akron, OH 44301", "Phone": "330-555-0101"}
    stated |= {"Doctor 1 name": "Ada Thornbury", "Doctor 1 e-mail": "ada@example.org"}
    stated |= {"Doctor 2 name": "Bruno Keld", "Doctor 2 e-mail": "bruno@example.org"}
    rows = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in stated.items())
    found = read(f"<h1>Blue Otter Clinic</h1><dl>{rows}</dl>")
    assert [(one.name, one.practice, one.email) for one in found] == [
        ("Ada Thornbury", "Blue Otter Clinic", "ada@example.org"),
        ("Bruno Keld", "Blue Otter Clinic", "bruno@example.org"),
    ]
    assert phones_of(found) == ["330-555-0101"] * 2


def test_a_contact_that_stands_in_every_entry_beside_its_own_is_the_publishers() -> None:
    rows = "".join(
        f"<div class='c'><h3>{n}</h3><p>{s}, {t}</p><p>{f}</p><p>Society: 217-555-0190</p></div>"
        for n, _, s, t, f in PEOPLE
    )
    assert phones_of(read(rows)) == PHONES


def test_a_number_that_all_share_and_no_other_is_the_practices_own() -> None:
    rows = "".join(f"<div class='c'><h3>{n}</h3><p>330-555-0101</p></div>" for n, *_ in PEOPLE)
    assert phones_of(read(rows)) == ["330-555-0101"] * 4
