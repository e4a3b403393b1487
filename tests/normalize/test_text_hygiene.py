"""What a text loses of what nobody sees, what it keeps for the scripts of the world, and that the claim keeps all."""

from __future__ import annotations

import json
import unicodedata

import pytest

from ldn_directory.ledger import claims_of
from ldn_directory.model import Evidence, Labelled, Link, Listing, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.phones import is_valid, phones
from ldn_directory.normalize.text_hygiene import clean, visible

SOURCE = Source(
    title="List", homepage="https://lists.example.org/", evidence=Evidence.LISTED, record_key="none", country="US"
)
FLOOD = "".join(map(chr, range(0x300, 0x312)))
TAGS = "".join(chr(0xE0000 + ord(sign)) for sign in "ignore this")

UNSEEN = {
    "flood of marks": f"Ja{FLOOD}ne R{FLOOD}oe",
    "flood of enclosing marks": "Jan\u20dd\u20dd\u20dd\u20dde Roe",
    "tag characters": f"Jane{TAGS} Roe",
    "override": "\u202eJane Roe\u202c",
    "isolates": "\u2066Jane\u2069 Roe",
    "marks of direction": "Jane\u200e Roe\u200f\u061c",
    "unassigned": "Jane\u0378 Roe\ufdd0\U0010ffff",
    "private use": "Jane\ue000 Roe\U000f1234",
    "controls": "Jane\x00 \x1bRoe\x85\x9b",
    "half a character": "Jane\ud83d Roe",
    "no width": "Ja\u200bne\u2060 R\u00adoe\ufeff",
    "joiners in Latin": "Ja\u200dne R\u200coe",
    "fillers": "Jane\u3164 Roe\uffa0",
    "notes between lines": "Jane\ufff9 Roe\ufffb",
    "marks without a letter": "\u0301\u0301Jane Roe",
}
SEEN = {
    "Vietnamese": "Nguyễn Thị Ánh",
    "Vietnamese in parts": unicodedata.normalize("NFD", "Nguyễn Thị Ánh"),
    "polytonic Greek in parts": unicodedata.normalize("NFD", "ᾄδω ᾧ"),
    "Thai": "น้ำผึ้ง ศิริวัฒน์",
    "Hindi": "डॉ. श्रीकृष्ण त्रिपाठी",
    "Hindi with a joiner": "क्\u200dष",
    "Hebrew with points": "שָׁלוֹם שִּׂמְחָה",
    "Arabic with points": "مُحَمَّدٌ ٱللَّهِ",
    "Persian with a non-joiner": "می\u200cخواهم",
    "Tibetan": "བསྒྲུབས རྒྱལ་མཚན",
    "Khmer": "ស្រី ខ្ញុំ",
    "Burmese": "ကျွန်ုပ်",
    "Tamil": "கிருஷ்ணமூர்த்தி",
    "a rare ideograph": "\U00030edd\U0002a6df 田\U000e0100",
    "Arabic number sign": "\u0600١٢",
    "a letter with a heart": "Herz \u2764\ufe0f 1\ufe0f\u20e3",
    "Yoruba in parts": unicodedata.normalize("NFD", "Ọlá ẹ̀rọ"),
}


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_nobody_sees_is_taken_out(kind):
    assert clean(UNSEEN[kind]) == "Jane Roe"


@pytest.mark.parametrize("kind", SEEN)
def test_what_a_language_is_written_with_stays(kind):
    assert visible(SEEN[kind]) == SEEN[kind]


def test_line_breaks_stay_and_spaces_are_collapsed():
    assert clean("Jane\u00a0 Roe\u2028\n\n 5\tElm St \u200b\n") == "Jane Roe\n5 Elm St"


def listing_of(*texts: tuple[str | None, str], links: tuple[Link, ...] = ()) -> Listing:
    labelled = tuple(Labelled(label=label, text=text) for label, text in texts)
    record = Record(page="https://lists.example.org/", texts=labelled, links=links)
    (listing,) = map_record(record, SOURCE, "list").listings
    return listing


@pytest.mark.parametrize("kind", UNSEEN)
def test_a_listing_is_published_without_it_and_its_claims_keep_what_was_written(kind):
    written = UNSEEN[kind]
    fields = ("Name", "Practice", "City", "Specialty")
    listing = listing_of(*((field, f"{written} Clinic" if field != "Name" else written) for field in fields))
    assert (listing.name, listing.practice, listing.city) == ("Jane Roe", "Jane Roe Clinic", "Jane Roe Clinic")
    shown = json.dumps({**listing.as_json(), "written": None}, ensure_ascii=False)
    assert clean(shown) == shown
    claims = {field: kept for field, _, kept in claims_of(json.loads(json.dumps(listing.as_json())))}
    assert claims["name"] == written.strip()
    assert claims["practice"] == f"{written} Clinic".strip()


def test_unseen_characters_do_not_hide_a_number_that_is_not_published():
    listing = listing_of(("Name", "Jane Roe, MD"), ("Phone", "office 512-555-0144, ce\u200bll: 512-555-\u200b0142"))
    assert "0142" not in listing.as_line().decode().replace("\u200b", "")


def test_an_address_on_the_web_is_published_without_it():
    link = Link(text="Site", href="https://jane.example.com/\u202egro.elpmaxe")
    assert listing_of(("Name", "Jane Roe, MD"), links=(link,)).website == "https://jane.example.com/gro.elpmaxe"


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("199-555-0142", "US"),
        ("(999) 555-0142", "US"),
        ("+1 555 123 4567", None),
        ("+44 20 7946 01", None),
        ("+49 1", "DE"),
        ("020 79460", "GB"),
        ("+999 123 456 789", None),
        ("000 000 0000", "US"),
        ("+33 9999999999999", "FR"),
    ],
)
def test_a_number_that_is_none_of_its_country_is_only_published_as_written(written, country):
    assert all(phone.e164 is None for phone in phones(written, country))


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("(512) 555-0142", "US", "+15125550142"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+1 800 555 0199", None, "+18005550199"),
        ("030 23125 123", "DE", "+493023125123"),
    ],
)
def test_a_number_of_its_country_is_published_in_full(written, country, e164):
    assert [phone.e164 for phone in phones(written, country)] == [e164] and is_valid(e164)


@pytest.mark.parametrize("number", ["", "+", "512-555-0142", "+1 512 555 0142", "+1999", "+19995550142", "+٤٤٢٠"])
def test_what_is_no_number_is_not_valid(number):
    assert not is_valid(number)
