"""Example lists as an `ldn` process of these tests finds them: on two hosts, so that they are crawled side by side."""

from __future__ import annotations

import os

from ldn_directory.cli import demo

SITE = os.environ.get("LDN_TEST_SITE", "http://127.0.0.1:9")


class Prescribers(demo.ExamplePrescribers):
    """A Drupal view, page by page."""

    name = "example_prescribers"

    @classmethod
    def addresses(cls) -> list[str]:
        return [SITE + cls.path]


class Cards(demo.ExampleCards):
    """Cards, page by page."""

    name = "example_cards"

    @classmethod
    def addresses(cls) -> list[str]:
        return [SITE.replace("127.0.0.1", "localhost") + cls.path]
