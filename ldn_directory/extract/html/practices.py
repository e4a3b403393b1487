"""Separates the names of practices from names of people and from addresses."""

from __future__ import annotations

from ldn_directory.extract.signals import has_address, is_organisation, label_field, names_person
from ldn_directory.model import Labelled

_LONGEST = 180


def separate_practice(texts: list[Labelled]) -> list[Labelled]:
    """Labels the title as the practice if another name stands below it."""
    names = [index for index, text in enumerate(texts) if text.label and label_field(text.label) == "name"]
    if len(names) < 2 or names_person(texts[names[0]].text):
        return texts
    title = Labelled(label="practice", text=texts[names[0]].text)
    return [*texts[: names[0]], title, *texts[names[0] + 1 :]]


def split_practice_address(text: Labelled) -> list[Labelled]:
    """Splits a line such as "Quay Clinic, 12 Quay St, Akron" into practice and address."""
    head, comma, rest = text.text.partition(",")
    if (
        text.field
        or text.label not in (None, "address")
        or not comma
        or len(text.text) > _LONGEST
        or any(map(str.isdigit, head))
    ):
        return [text]
    if not is_organisation(head) or not has_address(rest.split("\n")[0]):
        return [text]
    return [Labelled(label="practice", text=head.strip()), Labelled(label=text.label, text=rest.strip())]
