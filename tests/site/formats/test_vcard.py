"""Entries as vCard 4.0, read by vobject and by a reader of our own that undoes what RFC 6350 and RFC 6868 prescribe."""

from __future__ import annotations

import re

import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from ldn_directory.site.formats import vcard
from ldn_directory.site.i18n.locale import ENGLISH

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
ONE_LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300)


def unfolded(text: str) -> list[str]:
    """The lines of cards (section 3.2). Each line ends in CRLF and is at most 75 octets long."""
    assert text.endswith("\r\n") and not re.search(r"(?<!\r)\n|\r(?!\n)", text)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def unescaped(value: str) -> str:
    """A text value as it was (section 3.4)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def values_of(text: str, name: str) -> list[str]:
    return [line.partition(":")[2] for line in unfolded(text) if re.match(rf"{name}[;:]", line)]


@given(ONE_LINE)
def test_any_line_survives_folding(line):
    assert "\r\n".join(unfolded(vcard.fold_line(f"NOTE:{line}"))) == f"NOTE:{line}"


@given(ANY_TEXT)
def test_any_text_survives_escaping_but_for_what_only_controls_a_machine(text):
    (line,) = unfolded(vcard.fold_line(f"NOTE:{vcard.text(text)}"))
    expected = re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", text)
    assert unescaped(line.removeprefix("NOTE:")) == re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", "", expected)


@given(ONE_LINE)
@example("^n ^' ^^ \"")
def test_any_text_survives_as_a_parameter(text):
    quoted = vcard.parameter(text)
    assert '"' not in quoted[1:-1] and "\n" not in quoted
    back = re.sub(r"\^(['n^])", lambda found: {"'": '"', "n": "\n", "^": "^"}[found[1]], quoted[1:-1])
    assert back == re.sub("[\ufffe\uffff]", "", text)


def test_a_card_has_what_a_contact_needs(shown):
    card = vobject.readOne(vcard.format_entry(shown(1)))
    assert card.version.value == "4.0" and card.kind.value == "individual"
    assert card.fn.value == "Ada Example"
    assert (card.n.value.given, card.n.value.family, card.n.value.suffix) == ("Ada", "Example", "MD")
    assert card.org.value == ["Harbour Family Practice"] and card.role.value == "Neurology" and card.title.value == "MD"
    assert card.tel.value == "tel:+15125550142" and card.tel.params == {"VALUE": ["uri"], "TYPE": ["work", "voice"]}
    assert card.email.value == "ada@example.org" and card.url.value == "https://provider-1.example.org/"
    first, second = card.contents["adr"]
    assert (first.value.street, first.value.city, first.value.code) == ("12 Elm Street", "Dayton", "45402")
    assert first.params["LABEL"] == ["12 Elm Street, Dayton, OH 45402"] and first.params["GEO"] == ["geo:39.76,-84.19"]
    assert second.params["GEO"] == ["geo:39.96,-83;u=6500"]
    assert [lang.value for lang in card.contents["lang"]] == ["es"]
    assert card.uid.value.startswith("urn:uuid:") and card.source.value == "https://directory.example/provider/1.vcf"
    assert re.fullmatch(r"\d{8}T\d{6}Z", card.rev.value)


def test_the_note_says_who_lists_the_entry_and_when_that_was_confirmed(shown, days_ago):
    note = unescaped(values_of(vcard.format_entry(shown(1)), "NOTE")[0])
    assert (
        f"Listed by Harbour LDN Society, last confirmed {ENGLISH.day(days_ago(3))}: https://ldn.example/list?page=1\n"
        in note
    )
    assert (
        f"Listed by Own websites, unconfirmed since {ENGLISH.day(days_ago(5))}: https://ada.example.org/about\n" in note
    )
    assert (
        "Video visits: Offered\n" in note
        and "Languages: Old Dothraki\n" in note
        and "Remark: Ring twice; ask, please\n" in note
    )


def test_an_organisation_is_one_and_has_no_parts_of_a_name(shown):
    card = vobject.readOne(vcard.format_entry(shown(5)))
    assert card.kind.value == "org" and card.org.value == ["Willow Compounding Pharmacy"]
    assert "n" not in card.contents


def test_a_separator_in_a_part_divides_nothing(db, shown):
    db.execute("UPDATE locations SET street = '1 Elm; 2 Oak, Floor 3', city = 'A;B' WHERE provider = 5")
    db.execute("UPDATE providers SET name = 'Elm; Oak, Pharmacy' WHERE id = 5")
    card = vobject.readOne(vcard.format_entry(shown(5)))
    assert (card.adr.value.street, card.adr.value.city, card.adr.value.region) == (
        "1 Elm; 2 Oak, Floor 3",
        "A;B",
        "Texas",
    )
    assert card.org.value == ["Elm; Oak, Pharmacy"]


def test_a_search_is_a_card_an_entry(found):
    page = found(size="4")
    cards = list(vobject.readComponents(vcard.format_search(page)))
    assert [card.fn.value for card in cards] == [row["name"] for row in page.results.rows]


def test_an_entry_keeps_its_uid(db, shown):
    before = values_of(vcard.format_entry(shown(1)), "UID")
    db.execute("UPDATE providers SET name = 'Ada Other', last_confirmed = '2030-01-01T00:00:00Z' WHERE id = 1")
    assert values_of(vcard.format_entry(shown(1)), "UID") == before
    assert values_of(vcard.format_entry(shown(2)), "UID") != before
