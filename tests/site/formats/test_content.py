"""What is certain of an entry, whatever format it is given in."""

from __future__ import annotations

import pytest

from ldn_directory.site.formats.content import language_tags


@pytest.mark.parametrize(
    ("kind", "name", "credentials", "practice", "is_person"),
    [
        ("prescriber", "Ada Example", "MD", "Harbour Practice", True),
        ("prescriber", "Ada Example", None, None, True),
        ("prescriber", "Madonna", "NP", None, True),
        ("prescriber", "Madonna", None, None, False),
        ("prescriber", "Riverbend Clinic", None, None, False),
        ("prescriber", "Blue Lotus", None, "Blue Lotus", False),
        ("telehealth", "Faraway Doctors", None, None, False),
        ("telehealth", "Ada Example", "MD", "Faraway", True),
        ("telehealth", "Far Away", None, None, False),
        ("clinic", "Ada Example", None, None, False),
        ("clinic", "Ada Example", "MD", "Blue Lotus", False),
        ("pharmacy", "Ada Example", "PharmD", "Blue Lotus", False),
    ],
)
def test_who_is_a_person(db, shown, kind, name, credentials, practice, is_person):
    db.execute(
        "UPDATE providers SET kind = ?, name = ?, credentials = ?, practice = ? WHERE id = 1",
        (kind, name, credentials, practice),
    )
    assert shown(1).is_person is is_person
    assert (shown(1).parts is not None) <= is_person


def test_whom_no_list_names_is_no_person(db, shown):
    db.execute("DELETE FROM claims WHERE provider = 1 AND field = 'name'")
    assert not shown(1).is_person


@pytest.mark.parametrize(
    ("credentials", "is_physician"),
    [
        ("MD", True),
        ("D.O.", True),
        ("Dr. med.", True),
        ("PharmD, MD", True),
        ("ND", False),
        ("NP, PhD", False),
        ("DMD", False),
        (None, False),
    ],
)
def test_who_is_a_physician(db, shown, credentials, is_physician):
    db.execute("UPDATE providers SET credentials = ? WHERE id = 1", (credentials,))
    assert shown(1).is_physician is is_physician


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("spanish", "es"),
        ("español", "es"),
        ("spanisch", "es"),
        ("deutsch", "de"),
        ("filipino", "fil"),
        ("ladino", None),
    ],
)
def test_a_language_has_a_tag_if_its_name_means_only_one(name, tag):
    assert language_tags().get(name) == tag


@pytest.mark.parametrize(
    ("state", "is_certain"), [("active", True), ("inactive", True), ("several", False), ("not found", False)]
)
def test_only_a_registration_that_is_certainly_the_provider_s_is_an_identifier(db, shown, state, is_certain):
    db.execute("UPDATE verifications SET state = ? WHERE register = 'nppes'", (state,))
    assert len(shown(1).registrations) == is_certain
