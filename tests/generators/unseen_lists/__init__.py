"""Invented forms that a list may have behind an address whose page nobody here has seen, each with what it states.

A layout gives the pages of two sites, the list's own and, for maps, another: address -> (media type, body). Those in
`held_out.py` are not looked at while the reader is worked on: they only show how it does on what it was not made for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

HOME = "https://ldnresearchtrust.org"
START = f"{HOME}/ldn-prescribers"

Pages = Mapping[str, tuple[str, bytes]]

_GIVEN = [
    "Ada",
    "Ben",
    "Carla",
    "Dorian",
    "Elspeth",
    "Farid",
    "Greta",
    "Hollis",
    "Ines",
    "Jonah",
    "Keira",
    "Lorne",
    "Mabel",
    "Nikhil",
    "Odette",
    "Pavel",
]
_LAST = [
    "Marsh",
    "Odell",
    "Whitcombe",
    "Quill",
    "Brandreth",
    "Sorley",
    "Tamsin",
    "Vane",
    "Ashby",
    "Corrigan",
    "Dunmore",
    "Eastlake",
    "Fennimore",
    "Grail",
]
_LETTERS = ("MD", "DO", "ND", "NP", "PA-C")
_STREETS = ("Elm Street", "Quay Road", "Oak Avenue", "Mill Lane", "Chapel Hill Drive")
PLACES = (
    ("Austin", "TX", "Texas", "78701", "512"),
    ("Waco", "TX", "Texas", "76701", "254"),
    ("Portland", "OR", "Oregon", "97204", "503"),
    ("Eugene", "OR", "Oregon", "97401", "541"),
    ("Akron", "OH", "Ohio", "44308", "330"),
    ("Dayton", "OH", "Ohio", "45402", "937"),
    ("Boise", "ID", "Idaho", "83702", "208"),
    ("Nampa", "ID", "Idaho", "83651", "208"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An invented practitioner as a list states them."""

    name: str
    letters: str
    street: str
    city: str
    state: str
    state_name: str
    postcode: str
    phone: str


def entries(count: int = 32, seed: int = 1) -> tuple[Entry, ...]:
    """So many practitioners, no two of one name or phone number, sorted by state."""
    chance = Random(seed)
    names = chance.sample([f"{given} {last}" for given in _GIVEN for last in _LAST], count)
    found = []
    for number, name in enumerate(names):
        city, state, state_name, postcode, area = PLACES[number % len(PLACES)]
        found.append(
            Entry(
                name=name,
                letters=chance.choice(_LETTERS),
                street=f"{chance.randrange(10, 990)} {chance.choice(_STREETS)}",
                city=city,
                state=state,
                state_name=state_name,
                postcode=postcode,
                phone=f"{area}-555-01{number:02}",
            )
        )
    return tuple(sorted(found, key=lambda entry: entry.state_name))


def by_state(people: tuple[Entry, ...]) -> dict[str, list[Entry]]:
    """State name -> those who are there."""
    found: dict[str, list[Entry]] = {}
    for entry in people:
        found.setdefault(entry.state_name, []).append(entry)
    return found


def document(title: str, body: str, head: str = "") -> tuple[str, bytes]:
    """A page of the list's own site, with its navigation and its publisher's own contacts."""
    text = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | LDN Research Trust</title>{head}</head>
<body><header><nav><ul><li><a href="/">Home</a></li><li><a href="/what-is-ldn">What is LDN?</a></li><li><a href="/news">News</a></li>
<li><a href="/ldn-prescribers">Prescribers</a></li><li><a href="/shop">Shop</a></li><li><a href="/donate">Donate</a></li></ul></nav></header>
<main><h1>{title}</h1><p>These practitioners prescribe low-dose naltrexone (LDN). Please ring before you visit.</p>
{body}</main><footer><p>LDN Research Trust, registered charity. Contact: <a href="mailto:office@lists.example.org">office@lists.example.org</a></p>
<p><a href="/privacy">Privacy</a> <a href="/terms-and-conditions">Terms and conditions</a></p></footer></body></html>"""
    return "text/html; charset=utf-8", text.encode()


def pdf(pages: list[list[str]]) -> bytes:
    """A PDF file of text lines, page by page."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in pages:
        drawn = "".join(f"1 0 0 1 60 {740 - 14 * row} Tm ({line}) Tj " for row, line in enumerate(lines) if line)
        content = f"BT /F1 10 Tf {drawn}ET".encode("latin-1")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + end
