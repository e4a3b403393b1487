"""A row in whose own name or address a forgotten name hides is held, whatever letters it is written in."""

from __future__ import annotations

import pytest

from ldn_directory.model import Kind
from ldn_directory.privacy.hidden_names import spellings
from ldn_directory.privacy.suppression import Suppressions

from .conftest import person

SINCE = "2026-11-20T00:00:00Z"
OHIO = {"region": "Ohio", "region_code": "US-OH"}


@pytest.fixture
def hidden(tmp_path):
    found = Suppressions(tmp_path / "suppressions.jsonl", tmp_path / "suppression.key")
    names = ("Jane Thrushcross", "Mary Ann Quagmire", "Hans Müllerlein", "Jörg Boehmwald", "Nora O'Quagmire")
    found.add([person(name, name).as_json() for name in names], SINCE)
    return found


def verdict(hidden, **facts) -> str:
    row = person("other", facts.pop("name", "Harbour Clinic"), kind=Kind.CLINIC, **facts).as_json()
    return "forgotten" if hidden.is_suppressed(row) else "held" if hidden.is_held(row) else "somebody else"


@pytest.mark.parametrize(
    "name",
    [
        "Practice of Jane Thrushcross",
        "Thrushcross, Jane: Integrative Medicine",
        "Jane Q. Thrushcross Wellness",
        "The practice of Jane-Thrushcross",
        "Office of Mary Quagmire",
        "JaneThrushcross",
        "PracticeOfJaneThrushcross",
        "DrJaneThrushcrossMD",
        "MaryAnnQuagmire",
        "Jаne Тhrushсrоss",  # Cyrillic letters among Latin ones
        "Јаnе Τhruѕhcrοss Clinic",  # Cyrillic and Greek
        "𝐉𝐚𝐧𝐞 𝐓𝐡𝐫𝐮𝐬𝐡𝐜𝐫𝐨𝐬𝐬 Clinic",  # mathematical
        "J4ne Thru5hcr055",
        "J@ne Thrushcross Health",
        "Jan3Thrushcr0ss Clinic",
        "J a n e T h r u s h c r o s s",
        "Ja\u200bne Thrush\u00adcross Clinic",
        "ᴊᴀɴᴇ ᴛʜʀᴜꜱʜᴄʀᴏꜱꜱ Clinic",
        "J𝛼ne Thrushcr𝛐ss",  # mathematical Greek
        "Drs Jane and Robert Thrushcross",
        "Janethrushcrossacupuncture",
        "Praxis Jörg Böhmwald",
        "Praxis Joerg Bohmwald",
        "Praxis Hans Muellerlein",
        "Nora Oquagmire Clinic",
    ],
)
def test_a_name_that_holds_it_is_held(hidden, name):
    assert verdict(hidden, name=name) == "held"
    assert verdict(hidden, name=name, **OHIO) == "somebody else"


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "jane.thrushcross@clinic.example.com"},
        {"email": "thrushcross_jane@clinic.example.com"},
        {"email": "drjanethrushcross@clinic.example.com"},
        {"email": "jane.thrushcr0ss42@clinic.example.com"},
        {"email": "jane@thrushcross.example.com"},
        {"email": "hans.muellerlein@clinic.example.com"},
        {"website": "https://clinic.example.com/team/jane-thrushcross"},
        {"website": "https://clinic.example.com/?doctor=Jane%20Thrushcross"},
        {"website": "https://www.janethrushcrossmd.example.com/"},
        {"website": "https://janethrushcrossacupuncture.example.com/"},
        {"website": "https://austinjanethrushcross.example.com/"},
        {"website": "https://clinic.example.com/?doctor=Jane%2520Thrushcross"},
        {"website": "https://xn--jne-thrushcross-ulm.example.com/"},  # with a Cyrillic letter
        {"website": "https://xn--hans-mllerlein-lsb.example.com/"},
        {"email": "nora.oquagmire@clinic.example.com"},
        {"name": None, "practice": "Practice of Jane Thrushcross"},
    ],
)
def test_an_address_that_holds_it_is_held(hidden, facts):
    assert verdict(hidden, **facts) == "held"


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "Jane's Pharmacy", "email": "info@cross.example.com"},
        {"name": "Thrush Cross Clinic", "website": "https://clinic.example.com/jane"},
        {"name": "Jane Smith and Peter Thrushcross Medical"},
        {"email": "john.thrushcross@clinic.example.com"},
        {"email": "janethrushcrossen@clinic.example.com"},
        {"website": "https://clinic.example.com/team/jane-throckmorton"},
        {"name": "J4ne's 24h Clinic"},
    ],
)
def test_half_of_a_name_is_somebody_else(hidden, facts):
    assert verdict(hidden, **facts) == "somebody else"


def test_a_colleague_is_shown_without_the_name_of_the_practice(hidden):
    for practice in ("Practice of Jane Thrushcross", "JaneThrushcross Clinic", "Jаne Thrushcross"):
        row = person("doe", "John Doe", practice=practice).as_json()
        assert not hidden.is_held(row)
        assert "hrushcross" not in hidden.redact_row(row)["practice"]


def test_texts_of_others_are_redacted_in_whatever_letters(hidden):
    row = person("doe", "John Doe", remark="He works with J4ne Thrushcrоss on Mondays.").as_json()
    assert hidden.redact_row(row)["remark"] == "He works with [name left out] on Mondays."


def test_who_was_forgotten_before_is_found_too(hidden):
    # The hashes are those that were always stored: of words, and of names with their region.
    assert {kind for kind, _ in hidden.entries} == {"exact", "near", "word", "mention"}


def test_nobody_is_asked_about_where_nobody_was_forgotten(tmp_path, monkeypatch):
    nobody = Suppressions(tmp_path / "suppressions.jsonl", tmp_path / "suppression.key")
    monkeypatch.setattr("ldn_directory.privacy.suppression.own_texts", None)
    assert not nobody.is_held(person("a", "Practice of Jane Thrushcross").as_json())


@pytest.mark.parametrize("text", ["Jane Roe", "J4ne R0e", "Jаne Rое", "𝐉ane", "ŒUVRE ﬁve", "a@b.example 1st"])
def test_spellings_keep_the_length(text):
    assert {len(one) for one in spellings(text)} == {len(text)}
