"""A page about one person or practice gives that entry, and nothing of whoever else stands on it."""

from __future__ import annotations

from typing import Any

import pytest

from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import probe

ANNA = "<h1>Anna Marsh, MD</h1>"
OFFICE = "<p>Fernside Clinic<br>12 Pier Street<br>Salem, OR 97301</p><p>503-555-0121</p>"
FIELDS = ("name", "credentials", "practice", "street", "city", "postcode", "email", "website", "accepts_new")


def read(markup: str, title: str = "Anna Marsh, MD | Oregon healers", head: str = "") -> list[dict[str, Any]]:
    body = f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{markup}</body></html>"
    found = probe(Page("page.html", body.encode(), "text/html")).listings
    return [
        {name: getattr(one, name) for name in FIELDS} | {"phones": [phone.raw for phone in one.phones]} for one in found
    ]


def only(markup: str, **more: str) -> dict[str, Any]:
    (entry,) = read(markup, **more)
    return entry


NEIGHBOURS = "".join(
    f'<div class="t"><a href="/{n}">{name}</a><span>{n} Elm Street, Salem, OR 97302</span><span>503-555-013{n}</span></div>'
    for n, name in enumerate(["Ben Odell, DO", "Carla Whitcombe, ND", "Dan Fenwick, NP"])
)
JOBS = "".join(
    f'<div class="j"><a href="https://jobs.example.com/{n}">Gentle Physician No {n}</a><div>Boise, ID</div></div>'
    for n in range(4)
)
REVIEWS = "".join(
    f'<div class="r"><b>{who}</b><p>She listened. Ring me at 503-555-0199 to hear more.</p></div>'
    for who in ("Mary P.", "Gordon T.")
)
PUBLISHER = """<div class="x"><b>Oregon Healers</b><br>PO Box 4<br>Eugene, OR 97401<br>541-555-0190<br>
<a href="mailto:office@healers.example.org">office@healers.example.org</a></div>"""
LOGIN = '<form action="/in"><label>Email</label><input name="e"><input type="password"><p>541-555-0191</p></form>'


@pytest.mark.parametrize(
    "beside", [NEIGHBOURS, JOBS, REVIEWS, PUBLISHER, LOGIN], ids=["neighbours", "jobs", "reviews", "publisher", "login"]
)
def test_what_stands_beside_the_entry_is_left_out(beside):
    entry = only(f"<div>{ANNA}{OFFICE}</div><div>{beside}</div>")
    assert (entry["name"], entry["practice"], entry["street"]) == ("Anna Marsh", "Fernside Clinic", "12 Pier Street")
    assert (entry["phones"], entry["email"], entry["website"]) == (["503-555-0121"], None, None)


@pytest.mark.parametrize(
    "named",
    [
        "<table><tr><td><b>Anna Marsh, MD</b><br>Physician</td></tr></table>",
        "<header><h2>Anna Marsh, MD</h2></header>",
        "",
    ],
    ids=["a bold cell", "the masthead", "the title alone"],
)
def test_the_name_may_stand_in(named):
    entry = only(
        f"{named}<table><tr><td>Address:</td><td>12 Pier Street, Salem, OR 97301</td></tr><tr><td>Tel:</td><td>503-555-0121</td></tr></table>"
    )
    assert (entry["name"], entry["credentials"], entry["postcode"]) == ("Anna Marsh", "MD", "97301")


def test_lines_without_a_label_and_statements_are_kept():
    entry = only(
        f"{ANNA}<table><tr><td>Larkspur Rooms<br>418 Quill Road<br>Suite 6<br>Dover<br>Delaware<br>19901</td></tr>"
        "<tr><td>Write to:</td><td>desk@larkspur.example.com</td></tr></table><p>Not accepting new patients.</p>"
    )
    assert (entry["practice"], entry["street"], entry["city"]) == ("Larkspur Rooms", "418 Quill Road, Suite 6", "Dover")
    assert (entry["email"], entry["accepts_new"]) == ("desk@larkspur.example.com", False)


def test_a_heading_above_several_lines_is_no_label():
    assert only(f"{ANNA}<h3>Practice details</h3>{OFFICE}")["practice"] == "Fernside Clinic"


def test_a_place_in_the_heading_is_no_part_of_the_name():
    shop = "<h1>Juniper Hall – Vermont</h1><dl><dt>Town</dt><dd>Barre</dd><dt>State</dt><dd>Vermont</dd><dt>Telephone</dt><dd>802-555-0119</dd></dl>"
    assert only(shop, title="Juniper Hall – Vermont | Shops")["name"] == "Juniper Hall"


def test_each_office_is_an_entry_with_its_own_phone():
    offices = OFFICE + "<h4>Second office</h4><p>60 Peach Road<br>Keizer, OR 97303</p><p>503-555-0122</p>"
    found = read(ANNA + offices)
    assert [(one["name"], one["city"], one["phones"]) for one in found] == [
        ("Anna Marsh", "Salem", ["503-555-0121"]),
        ("Anna Marsh", "Keizer", ["503-555-0122"]),
    ]


def test_the_page_fills_what_its_structured_data_leave_out():
    stated = '<script type="application/ld+json">{"@type":"Physician","name":"Anna Marsh","address":{"addressLocality":"Salem"}}</script>'
    entry = only(f"{ANNA}{OFFICE}", head=stated)
    assert (entry["street"], entry["city"], entry["phones"]) == ("12 Pier Street", "Salem", ["503-555-0121"])


def test_people_in_json_ld_and_in_microdata_are_the_same():
    graph = "".join(
        f'<script type="application/ld+json">{{"@type":"Physician","name":"{name}","telephone":"802-555-0101","address":{{"streetAddress":"{n} Oak Street","addressLocality":"Barre"}}}}</script>'
        for n, name in enumerate(["Rolf Odell", "Nadja Whitcombe"], 1)
    )
    marked = "".join(
        f'<p itemscope itemtype="https://schema.org/Physician"><b itemprop="name">{name}</b><span itemprop="address" itemscope itemtype="https://schema.org/PostalAddress"><span itemprop="streetAddress">{n} Oak Street</span></span></p>'
        for n, name in enumerate(["Rolf Odell", "Nadja Whitcombe"], 1)
    )
    assert [one["name"] for one in read(marked, title="Physicians", head=graph)] == ["Rolf Odell", "Nadja Whitcombe"]


@pytest.mark.parametrize(
    ("title", "markup"),
    [
        ("Blue Kettle | Kitchen Goods", "<h1>Blue Kettle</h1><p>Price: $40</p><p>Phone orders: 800-555-0191</p>"),
        ("Dr. Lara Monk: a talk", "<h1>Dr. Lara Monk: a talk</h1><p>Date: 4 May</p><p>Tickets: 503-555-0170</p><p>1 Square, Salem, OR 97301</p>"),
        ("Contact | Society of Healers", "<h1>Contact</h1><p>Society of Healers<br>12 Ring Road<br>Columbus, OH 43004<br>614-555-0190</p>"),
        ("My story", "<h1>Paula Winters</h1><p>I was ill. Then I found help. Call the helpline on 800-555-0191 if you like.</p>"),
    ],
    ids=["a product", "an event", "a society", "a story"],
)  # fmt: skip
def test_a_page_about_something_else_is_no_entry(title, markup):
    assert read(markup, title=title) == []


CARDS = "".join(
    f'<div class="c"><h3>{name}</h3><p>{n} Mill Lane<br>Akron, OH 44308</p><p>330-555-010{n}</p></div>'
    for n, name in enumerate(["Anna Marsh, MD", "Ben Odell, DO", "Carla Whitcombe, ND"], 1)
)


def test_a_list_whose_first_name_is_in_the_title_is_a_list():
    assert len(read(f"<h1>Our team</h1>{CARDS}", title="Anna Marsh, MD – Our team")) == 3


@pytest.mark.parametrize(
    "box",
    [
        '<form id="search-form"><label>Town</label><input name="t">{}</form>',
        '<div role="search">{}</div>',
        '<div class="filters">{}</div>',
        '<div class="alphabet"><a href="#A">A</a>{}</div>',
        '<div id="sidebar-right">{}</div>',
        "<aside>{}</aside>",
        '<form><textarea name="state"></textarea>{}</form>',
    ],
)
def test_a_box_that_holds_the_list_is_no_frame_whatever_it_is_called(box):
    assert len(read(f"<h1>Who treats</h1>{box.format(CARDS)}", title="Who treats")) == 3


def test_boxes_that_all_look_like_a_frame_are_judged_together():
    cards = CARDS.replace('class="c"', 'class="menu"')
    assert len(read(f"<h1>Who treats</h1>{cards}", title="Who treats")) == 3


def test_a_footer_stays_one_even_on_a_short_page():
    foot = '<div class="footer"><p>Oregon Healers<br>12 Ring Road<br>Salem, OR 97301<br>503-555-0190<br>a@healers.example.org</p></div>'
    assert read(f"<h1>Spring gathering</h1><p>4 May.</p>{foot}", title="Spring gathering") == []


FOOT = """<footer><p>10834 Sundial Way<br>La Conner, WA 98257</p><p>Phone: 360-555-0101</p><p>© Tidewater Retina</p>
<p>Website by Pixelwork, 9 Code Road, Austin, TX 78701, 512-555-0188</p></footer>"""
BIO = "<p>Dr. Marsh has cared for eyes since 2004. She trained in Boston.</p>"


def test_a_practices_site_gives_its_doctor_with_the_contacts_of_its_footer():
    entry = only(f"<main><h1>Meet us</h1><h2>Anna Marsh, MD</h2>{BIO}</main>{FOOT}", title="Tidewater Retina | Eyes")
    assert (entry["name"], entry["practice"], entry["city"]) == ("Anna Marsh", "Tidewater Retina", "La Conner")
    assert entry["phones"] == ["360-555-0101"]


def test_a_practices_site_names_its_people_even_without_contacts():
    team = "".join(
        f"<h3>{name}</h3><p>{name} has looked after kidneys since 2011.</p>"
        for name in ("Ravi Odell, M.D.", "Mina Whitcombe, M.D.")
    )
    found = read(f"<h1>Our doctors</h1>{team}", title="Tidewater Kidney Group, Inc. | Our doctors")
    assert [(one["name"], one["credentials"]) for one in found] == [("Ravi Odell", "MD"), ("Mina Whitcombe", "MD")]


def test_a_title_in_letters_without_capitals_is_no_person_above_several() -> None:
    people = ("מיכל מזרחי-לב", "דניאל בן-ארי", "גלעד גולדנר", "נועה ברקת")
    cards = "".join(
        f"<div class=c><h2>{name}</h2><p>office@p{n}.example.net</p><p>03-000-446{n}</p></div>"
        for n, name in enumerate(people)
    )
    found = read(f"<h1>רשימת רופאים</h1>{cards}", title="רשימת רופאים")
    assert [one["name"] for one in found] == list(people)


def test_a_page_about_one_person_in_letters_without_capitals() -> None:
    found = only("<h1>מיכל מזרחי-לב</h1><p>office@p.example.net</p><p>03-000-4461</p>", title="מיכל מזרחי-לב")
    assert (found["name"], found["email"]) == ("מיכל מזרחי-לב", "office@p.example.net")
