"""Crawls invented organisations' sites over loopback, and compares what was found with what is true.

`python -m tests.generators.sites.crawled` prints how much was right, on both halves.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import phonenumbers

from ldn_directory.extract.sheets.curated import COLUMNS
from ldn_directory.normalize.regions import country, fold
from ldn_directory.normalize.streets import same_city, same_postcode, same_street
from tests import forked_python
from tests.generators.unseen_lists.loopback import LoopbackSites

from . import Site, all_sites

CRAWL = """
import json, sys
from dataclasses import replace
from pathlib import Path
from ldn_directory.crawl.runner import crawl, spiders
data, port, names, changed = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
handler = "tests.generators.unseen_lists.loopback.LoopbackHandler"
handlers = {"https": handler, "http": handler, "data": None, "ftp": None, "s3": None}
from ldn_directory.model import Expect
found = spiders()
found["curated"].source = replace(found["curated"].source, expect=Expect())
reports = crawl(data, [found[name] for name in names], contact="test@example.org", DOWNLOAD_HANDLERS=handlers,
                LOOPBACK_PORT=port, DOWNLOAD_DELAY=0, RETRY_TIMES=0, **changed)
print(json.dumps(reports))
"""


class OrganisationServer(LoopbackSites):
    """The sites, whose answers may have any status and headers; `down` hosts answer 503."""

    def __init__(self, sites: Iterable[Site]) -> None:
        super().__init__({})
        self.answers = {address.rstrip("/"): one for site in sites for address, one in site.pages.items()}
        self.down: set[str] = set()

    def respond(self, address: str) -> tuple[int, Mapping[str, str], bytes]:
        plain = {"Content-Type": "text/plain"}
        if any(address.startswith(f"https://{host}/") for host in self.down):
            return 503, plain, b"Busy"
        if found := self.answers.get(address.rstrip("/")):
            return found.status, found.headers, found.body
        return 404, plain, b"Not found"


def write_curated(data: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """The rows as `curated.csv` in a data folder."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: row.get(name, "") for name in COLUMNS} for row in rows)
    (data / "curated.csv").write_text(text.getvalue(), encoding="utf-8")


def crawl(data: Path, port: int, *sources: str, **changed: Any) -> dict[str, dict[str, Any]]:
    """Crawls in a process of its own, as a schedule would; gives the reports by source."""
    done = forked_python.run(["-c", CRAWL, str(data), str(port), json.dumps(sources), json.dumps(changed)])
    assert done.returncode == 0, done.stderr
    return {report["source"]: report for report in json.loads(done.stdout.splitlines()[-1])}


def judge(site: Site, listings: Sequence[Mapping[str, Any]], outcome: str) -> dict[str, tuple[str, Any, Any]]:
    """field -> (right, wrong, missing or silent; found; true)."""
    truth, own = site.truth, [row for row in listings if row["organisation"] in _keys(site)]
    main = next((row for row in own if "#" not in row["key"]), {})
    found = {
        "city": (
            main.get("city"),
            truth.city,
            lambda a, b: same_city(a, b) or {fold(a), fold(b)} == {"zurich"},
        ),
        "street": (main.get("street"), truth.street, same_street),
        "postcode": (main.get("postcode"), truth.postcode, same_postcode),
        "phone": (next((p["e164"] or p["raw"] for p in main.get("phones", ())), None), _valid(site), _is_one_of),
        "email": (main.get("email"), truth.email, str.__eq__),
        "hours": (main.get("hours"), truth.hours, str.__eq__),
        "telehealth": (main.get("telehealth"), truth.telehealth, bool.__eq__),
        "accepts_new": (main.get("accepts_new"), truth.accepts_new, bool.__eq__),
        "ships": (main.get("ships"), truth.ships, bool.__eq__),
        "serves": (tuple(sorted(main.get("serves", ()))) or None, tuple(sorted(truth.serves)) or None, tuple.__eq__),
        "branches": (
            tuple(sorted(row["city"] for row in own if row is not main)) or None,
            tuple(sorted(truth.branches)) or None,
            tuple.__eq__,
        ),
        "outcome": (outcome, truth.outcome, str.__eq__),
    }
    judged = {}
    for field, (value, true, equal) in found.items():
        if value is None:
            verdict = "silent" if true is None else "missing"
        else:
            verdict = "right" if true is not None and equal(value, true) else "wrong"
        judged[field] = verdict, value, true
    return judged


def _keys(site: Site) -> set[str]:
    return {site.row["website"].split("://")[1].rstrip("/")}


def _valid(site: Site) -> tuple[str, ...] | None:
    """The numbers that are valid; invented ones of some countries are not, and then must not be published."""
    land = country(site.row.get("country"))
    code = land.code if land else "US"
    numbers = [phonenumbers.parse(number, code) for number in site.truth.phones]
    return tuple(str(n.national_number) for n in numbers if phonenumbers.is_valid_number(n)) or None


def _is_one_of(value: str, true: Sequence[str]) -> bool:
    return re.sub(r"\D", "", value).endswith(true[0])


def evaluate(sites: Sequence[Site]) -> dict[str, dict[str, tuple[str, Any, Any]]]:
    """kind -> what was judged of it."""
    with tempfile.TemporaryDirectory() as folder, OrganisationServer(sites) as server:
        data = Path(folder)
        write_curated(data, [site.row for site in sites])
        report = crawl(data, server.port, "organisation_sites")["organisation_sites"]
        path = data / "runs" / report["run"] / "organisation_sites" / "listings.jsonl"
        listings = [json.loads(line) for line in path.read_bytes().splitlines()]
        outcomes = {row["site"]: row["outcome"] for row in report["organisations"]}
        if "-v" in sys.argv:
            print(
                json.dumps({k: v for k, v in report.items() if k not in ("sample", "organisations")}, indent=1)[:3000]
            )
            shown = {site.row["organisation"] for site in sites if not site.is_held_out}
            print("\n".join(str(row) for row in report["organisations"] if row["organisation"] in shown))
        return {
            site.kind: judge(site, listings, next((outcomes[key] for key in _keys(site) if key in outcomes), "none"))
            for site in sites
        }


def main() -> None:
    """Prints the shares by field on both halves, and each wrong or missing value of the half that is worked on."""
    sites = all_sites()
    judged = evaluate(sites)
    for held_out in (False, True):
        counts: dict[str, Counter[str]] = {}
        for site in sites:
            if site.is_held_out is held_out:
                for field, (verdict, value, true) in judged[site.kind].items():
                    counts.setdefault(field, Counter())[verdict] += 1
                    if verdict in ("wrong", "missing") and (not held_out or "--all" in sys.argv):
                        print(f"  {site.kind}.{field}: {verdict}: {value!r}, true {true!r}")
        print("held out" if held_out else "worked on")
        total: Counter[str] = Counter()
        for field, count in counts.items():
            total += count
            print(f"  {field:12} {dict(count)}")
        asked = total["right"] + total["missing"] + total["wrong"]
        print(f"  of {asked} values: {total['right'] / asked:.3f} right, {total['wrong'] / asked:.3f} wrong")


if __name__ == "__main__":
    main()
