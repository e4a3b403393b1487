"""Every language has every text, with the same values and the same markup as the English one."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from ldn_directory.site.i18n.locale import LANGUAGES
from tools.message_catalogues import catalogue_path, extract_texts, read_catalogue

_VALUE = re.compile(r"%\((\w+)\)s")
_STRAY = re.compile(r"%(?!\(\w+\)s)")
_MARKUP = re.compile(r"<[^<>]*>|&#?\w+;")
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _key(message):
    return message.context, message.id


def _forms(text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def faults(catalogue: Catalog) -> list[str]:
    """What is wrong with translations, each with its text; form by form, the last English form for a third one."""
    found = []
    for message in catalogue:
        if message.id:
            english, given = _forms(message.id), _forms(message.string)
            if message.fuzzy or len(given) != (catalogue.num_plurals if message.pluralizable else 1) or not all(given):
                found.append(f"{english[0]}: not translated, or not for certain")
            for number, form in enumerate(given):
                told = english[min(number, len(english) - 1)]
                found.extend(f"{english[0]}: {difference}" for difference in _differences(told, form) if form)
    return found


def _differences(english: str, form: str) -> list[str]:
    differences = []
    if set(_VALUE.findall(english)) != set(_VALUE.findall(form)):
        differences.append("other values")
    if Counter(_MARKUP.findall(english)) != Counter(_MARKUP.findall(form)):
        differences.append("other markup")
    if "%(" in english and _STRAY.search(form.replace("%%", "")):
        differences.append("a per cent sign that is no value's")
    return differences


def _catalogue(entry: str) -> Catalog:
    head = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return read_po(io.BytesIO((head + entry).encode()), locale="de")


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_holds_exactly_the_texts_of_the_present_code(language):
    held, present = (
        {_key(message) for message in read_catalogue(language)},
        {_key(message) for message in extract_texts()},
    )
    assert held == present, f"run python -m tools.message_catalogues: {held ^ present}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_is_given_with_the_values_and_markup_of_its_text(language):
    assert faults(read_catalogue(language)) == [], catalogue_path(language)


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Where"\nmsgstr ""\n', "Where: not translated, or not for certain"),
        ('#, fuzzy\nmsgid "Where"\nmsgstr "Wo"\n', "Where: not translated, or not for certain"),
        (
            'msgid "one"\nmsgid_plural "some"\nmsgstr[0] "eins"\nmsgstr[1] ""\n',
            "one: not translated, or not for certain",
        ),
        ('msgid "%(day)s"\nmsgstr "%(tag)s"\n', "%(day)s: other values"),
        ('msgid "%(part)s done"\nmsgstr "%(part)s 5% fertig"\n', "%(part)s done: a per cent sign that is no value's"),
        (
            'msgid "<a href=\\"/x\\">here</a>"\nmsgstr "<a href=\\"/y\\">hier</a>"\n',
            '<a href="/x">here</a>: other markup',
        ),
        ('msgid "<q>so</q>"\nmsgstr "<q>so"\n', "<q>so</q>: other markup"),
        ('msgid "5&nbsp;km"\nmsgstr "5 km"\n', "5&nbsp;km: other markup"),
    ],
)
def test_a_translation_is_at_fault(entry, fault):
    assert faults(_catalogue(entry)) == [fault]
