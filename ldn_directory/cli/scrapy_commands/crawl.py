"""`scrapy crawl NAME`: the harvest, report and exit code of `ldn crawl NAME`; `-o FILE` writes the listings too."""

from __future__ import annotations

import argparse
from pathlib import Path

import click
from scrapy.commands import BaseRunSpiderCommand
from scrapy.exceptions import UsageError

from ldn_directory.cli.common import (
    NOTHING_DONE,
    WITH_LOSSES,
    WRONG_USAGE,
    exit_if_crashed,
    explain_errors,
    report_broken_spiders,
    save_status,
)
from ldn_directory.cli.crawl import exit_code, print_reports, select_spiders
from ldn_directory.crawl.runner import crawl_with


class Command(BaseRunSpiderCommand):
    """Scrapy's own command exits with 0 on almost every failure, so this one takes its place."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """What follows `scrapy crawl`."""
        return "[options] <source>"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Crawl one source, as `ldn crawl` does"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawls the source, prints its report and sets the exit code."""
        if len(args) != 1:
            raise UsageError("name one source")
        assert self.settings is not None
        data = Path(self.settings["LDN_DATA"])
        try:
            with exit_if_crashed():
                self.exitcode = self._crawl(data, args[0], opts)
        finally:
            save_status(data)

    def _crawl(self, data: Path, source: str, opts: argparse.Namespace) -> int:
        assert self.settings is not None
        try:
            with explain_errors():
                data.mkdir(parents=True, exist_ok=True)
                sources = select_spiders(None, (source,), self.settings)
                reports = crawl_with(self.settings, sources, arguments=opts.spargs)
        except click.UsageError as error:
            error.show()
            return WRONG_USAGE
        except click.ClickException as error:
            error.show()
            return NOTHING_DONE
        print_reports(reports, err="stdout:" in self.settings.getdict("FEEDS"))
        code = max(exit_code(reports), report_broken_spiders())
        if any(report.get("export_failed") for report in reports):
            click.echo("The listings could not be exported: see the messages above.", err=True)
            return max(code, WITH_LOSSES)
        return code
