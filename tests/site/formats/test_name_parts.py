"""Parts of a person's name, only where they are certain."""

from __future__ import annotations

import pytest

from ldn_directory.site.formats.name_parts import parts_of


@pytest.mark.parametrize(
    ("name", "given", "family", "suffix"),
    [
        ("Ada Example", ("Ada",), "Example", None),
        ("Ada B. Example", ("Ada", "B."), "Example", None),
        ("Jean-Luc d'Exemple", ("Jean-Luc",), "d'Exemple", None),
        ("Anna van der Muster", ("Anna",), "van der Muster", None),
        ("Ben Sample Jr.", ("Ben",), "Sample", "Jr."),
        ("Ben C Sample, III", ("Ben", "C"), "Sample", "III"),
        ("Élodie O'Specimen", ("Élodie",), "O'Specimen", None),
    ],
)
def test_certain_names_have_parts(name, given, family, suffix):
    parts = parts_of(name, "US")
    assert (parts.given, parts.family, parts.suffix) == (given, family, suffix)


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "María García López",
        "Ann Poe FNP",
        "Poe FNP",
        "J. Example",
        "Ada E.",
        "van Muster",
        "Ada & Ben",
        "Ada <b>Example</b>",
        "Clinic 24",
        "",
        "  ",
    ],
)
def test_others_have_none(name):
    assert parts_of(name, "US") is None


def test_where_the_family_name_may_come_first_nothing_is_certain():
    assert parts_of("Minta Anna", "HU") is None
