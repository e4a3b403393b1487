"""`scrapy list`: Scrapy's own, which also says which spiders are broken."""

from __future__ import annotations

import argparse

from scrapy.commands import list as scrapy_list

from ldn_directory.cli.common import report_broken_spiders


class Command(scrapy_list.Command):
    """Prints the names of the spiders that can be used; exits with 1 if others cannot."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Prints the names and sets the exit code."""
        super().run(args, opts)
        self.exitcode = report_broken_spiders()
