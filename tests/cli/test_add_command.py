"""`ldn add`: an organisation's page becomes a row of the curated list, each value from a page of its own site."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from ldn_directory.crawl.places_check import KnownPlaces
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import curated
from ldn_directory.extract.sheets.curated_edit import CuratedFile
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.probe.organisation import Look, SitePage, read_site
from tests import forked_python
from tests.generators.unseen_lists.loopback import LoopbackSites

TODAY = datetime.now(UTC).date().isoformat()
WITH_LOOPBACK = """
import sys
import ldn_directory.settings as settings
settings.DOWNLOAD_HANDLERS |= {"https": "tests.generators.unseen_lists.loopback.LoopbackHandler"}
settings.LOOPBACK_PORT, settings.DOWNLOAD_DELAY = int(sys.argv[1]), 0
from ldn_directory.cli.app import main
main(sys.argv[2:])
"""
HEADER = ",".join(curated.COLUMNS)
OTHERS = f"""\
{HEADER}
prescriber,Birch Clinic,,,,,,,,https://birch.example.org,,,https://birch.example.org/ldn,Page on LDN.,writes_about,,2026-11-22
pharmacy,Amber Pharmacy,,Austin,Texas,78701,United States,512-555-0100,,https://amber.example.org,,,https://amber.example.org/ldn,Says that it compounds LDN.,offers,,2026-11-22
pharmacy,Zinc Pharmacy,,,,,,,,https://zinc.example.org,,,https://zinc.example.org/ldn,"Page on LDN, for patients.",offers,,2026-11-22
"""


def html(title: str, body: str, owner: str = "Quayside Pharmacy") -> tuple[str, bytes]:
    foot = f"<footer><p>© 2026 {owner}. All rights reserved.</p></footer>"
    menu = "<header><a href='/'>Home</a> <a href='/contact'>Contact us</a> <a href='/blog'>Blog</a></header>"
    return "text/html; charset=utf-8", f"<html><title>{title}</title><body>{menu}{body}{foot}</body></html>".encode()


LDN = html(
    "Low-dose naltrexone | Quayside Pharmacy",
    "<h1>Low-dose naltrexone</h1><p>We compound low-dose naltrexone in capsules from 0.5 to 4.5 mg.</p>",
)
SITE = {
    "https://quayside.example.org/": html(
        "Quayside Pharmacy – Austin", "<h1>Welcome</h1><p>Medicines made to measure.</p>"
    ),
    "https://quayside.example.org/ldn": LDN,
    "https://quayside.example.org/secret/ldn": LDN,
    "https://quayside.example.org/blog": html(
        "Blog | Quayside Pharmacy", "<h1>News</h1><p>LDN is often in the news.</p>"
    ),
    "https://quayside.example.org/no": html(
        "Naltrexone | Quayside Pharmacy", "<h1>Naltrexone</h1><p>We do not compound low-dose naltrexone.</p>"
    ),
    "https://quayside.example.org/contact": html(
        "Contact | Quayside Pharmacy",
        "<h1>Contact us</h1><p>12 Elm Street<br>Austin, TX 78701</p><p>Phone: (512) 555-0142</p>"
        "<p>E-mail: info@quayside.example.org</p>",
    ),
    "https://birch.example.org/": html("Birch Clinic", "<h1>Birch Clinic</h1>", "Birch Clinic"),
    "https://birch.example.org/ldn": html(
        "LDN | Birch Clinic",
        "<h1>Low-dose naltrexone</h1><p>Low-dose naltrexone was first used in the 1980s.</p>"
        "<p>Birch Clinic<br>3 Oak Road<br>Waco, TX 76701</p><p>Tel. 254-555-0143</p>",
        "Birch Clinic",
    ),
}


@pytest.fixture
def data(tmp_path: Path, world: Path) -> Path:
    (tmp_path / "gazetteer.db").symlink_to(world)
    (tmp_path / curated.FILE).write_text(OTHERS)
    return tmp_path


@pytest.fixture(scope="module")
def site() -> Iterator[LoopbackSites]:
    with LoopbackSites(SITE) as served:
        yield served


@pytest.fixture
def add(site: LoopbackSites, data: Path) -> Callable[..., CompletedProcess[str]]:
    def run(url: str, *words: str, answer: str = "") -> CompletedProcess[str]:
        command = ["add", url, *words, "--data", str(data), "--contact", "maintainer@directory.example"]
        return forked_python.run(["-c", WITH_LOOPBACK, str(site.port), *command], input=answer)

    return run


def rows(data: Path) -> dict[str, dict[str, str]]:
    return {row["organisation"]: row for row in csv.DictReader(io.StringIO((data / curated.FILE).read_text()))}


def test_a_page_becomes_a_row_with_what_the_site_says(add, data, site):
    site.asked.clear()
    done = add("https://quayside.example.org/ldn", answer="\ny\n")
    assert done.returncode == 0, done.stderr
    row = {name: value for name, value in rows(data)["Quayside Pharmacy"].items() if value}
    assert row == {
        "kind": "pharmacy",
        "organisation": "Quayside Pharmacy",
        "street": "12 Elm Street",
        "city": "Austin",
        "region": "Texas",
        "postcode": "78701",
        "country": "United States",
        "phone": "(512) 555-0142",
        "email": "info@quayside.example.org",
        "website": "https://quayside.example.org",
        "evidence_url": "https://quayside.example.org/ldn",
        "evidence": "Pharmacy's page that offers compounded low-dose naltrexone.",
        "grade": "offers",
        "facts_url": "https://quayside.example.org/contact",
        "noted_on": TODAY,
    }
    assert "offers it (a sentence says that it is prescribed or made there)" in done.stdout
    assert "“We compound low-dose naltrexone in capsules from 0.5 to 4.5 mg.”" in done.stdout
    assert "(512) 555-0142   (https://quayside.example.org/contact)" in done.stdout
    pages = [address for address in site.asked if not address.endswith("robots.txt")]
    assert pages == [f"https://quayside.example.org/{path}" for path in ("ldn", "", "contact")]


def test_the_new_row_stands_where_the_order_of_the_file_has_it_and_all_others_stay(add, data):
    add("https://quayside.example.org/ldn", "--yes")
    lines = (data / curated.FILE).read_text().splitlines(keepends=True)
    assert [line.split(",")[1] for line in lines[1:]] == [
        "Birch Clinic",
        "Amber Pharmacy",
        "Quayside Pharmacy",
        "Zinc Pharmacy",
    ]
    assert "".join(line for line in lines if "Quayside" not in line) == OTHERS
    checked = CliRunner().invoke(main, ["check-curated", "--data", str(data)])
    assert (checked.exit_code, "4 good rows" in checked.output) == (0, True)


def test_the_maintainers_own_sentence_and_corrections_are_written(add, data):
    corrected = ("--set", "kind=clinic", "--set", "organisation=Quayside, the Pharmacy")
    done = add("https://quayside.example.org/ldn", *corrected, answer="Says that it makes LDN.\ny\n")
    assert done.returncode == 0, done.stderr
    row = rows(data)["Quayside, the Pharmacy"]
    assert (row["kind"], row["evidence"]) == ("clinic", "Says that it makes LDN.")


@pytest.mark.parametrize("words", [("--dry-run",), ("--json",)])
def test_a_dry_run_writes_nothing(add, data, words):
    done = add("https://quayside.example.org/ldn", *words)
    assert (done.returncode, (data / curated.FILE).read_text()) == (0, OTHERS)
    assert "Quayside Pharmacy" in done.stdout


def test_without_a_yes_nothing_is_written(add, data):
    done = add("https://quayside.example.org/ldn", answer="\nn\n")
    assert (done.returncode, (data / curated.FILE).read_text()) == (2, OTHERS)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://quayside.example.org/blog", "does not speak of low-dose naltrexone"),
        ("https://quayside.example.org/no", "says that it does not, or no longer, offer low-dose naltrexone"),
        ("https://quayside.example.org/secret/ldn", "robots.txt forbids"),
        ("https://quayside.example.org/nowhere", "there is no such page"),
    ],
)
def test_a_page_that_is_no_evidence_is_refused_politely(add, data, address, said):
    done = add(address, "--yes")
    assert (done.returncode, (data / curated.FILE).read_text()) == (2, OTHERS)
    assert said in done.stderr and "nothing was added" in done.stderr


def test_of_an_organisation_that_has_a_row_the_empty_cells_are_filled(add, data):
    done = add("https://birch.example.org/ldn", answer="y\n")
    assert done.returncode == 0, done.stderr
    assert "Already in the list: row 2, Birch Clinic" in done.stdout
    row = rows(data)["Birch Clinic"]
    assert (row["city"], row["region"], row["phone"], row["noted_on"]) == ("Waco", "Texas", "254-555-0143", TODAY)
    assert (row["evidence"], row["grade"], row["kind"]) == ("Page on LDN.", "writes_about", "prescriber"), "untouched"

    again = add("https://birch.example.org/ldn", "--yes")
    assert (again.returncode, "there is nothing to add to it" in again.stderr) == (2, True)


def test_whoever_asked_to_be_left_out_is_not_added(add, data):
    Suppressions.in_folder(data).add(
        [{"name": "Quayside Pharmacy", "kind": "pharmacy", "region_code": "US-TX", "country_code": "US"}], TODAY
    )
    done = add("https://quayside.example.org/ldn", "--yes")
    assert (done.returncode, "asked to be left out" in done.stderr) == (2, True)
    assert (data / curated.FILE).read_text() == OTHERS


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://quayside.example.org/ldn", "is no address of a web page"),
        ("quayside.example.org", "is no address of a web page"),
        ("https://10.0.0.1/ldn", "private address"),
        ("https://clinic.internal/ldn", "private address"),
        ("https://www.facebook.com/quayside", "is not an organisation's own site"),
    ],
)
def test_an_address_that_no_visitor_could_use_is_refused_before_anything_is_fetched(data, address, said):
    words = ["add", address, "--yes", "--data", str(data), "--contact", "maintainer@directory.example"]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_this_machine_is_no_address_for_the_projects_own_list(tmp_path):
    result = CliRunner().invoke(main, ["add", "http://127.0.0.1:9/ldn", "--data", str(tmp_path), "--yes"])
    assert (result.exit_code, "nobody else can open" in result.output) == (2, True)


def test_without_a_contact_no_page_is_looked_at(data):
    words = ["add", "https://quayside.example.org/ldn", "--data", str(data), "--contact", ""]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "no contact address is set" in result.output) == (2, True)


# What a site says, without the network.


@pytest.fixture
def look(data: Path) -> Callable[..., Look]:
    def read(title: str, body: str, address: str = "https://site.example.org/ldn") -> Look:
        kind, content = html(title, body)
        page = Page(address, content.replace(b"Quayside Pharmacy", b"us"), kind)
        with closing(KnownPlaces(data)) as places:
            return read_site({address: SitePage(page, "evidence")}, places)

    return read


@pytest.mark.parametrize(
    ("sentence", "grade"),
    [
        ("Our physicians regularly prescribe low-dose naltrexone.", "offers"),
        ("Low-dose naltrexone is available from our compounding team, made in our own lab by us.", "offers"),
        ("Wir verschreiben Low Dose Naltrexon in unserer Praxis.", "offers"),
        ("Recetamos naltrexona en dosis bajas.", "offers"),
        ("Nous préparons la naltrexone à faible dose.", "offers"),
        ("Book a free consultation to discuss low dose naltrexone.", "offers"),
        ("Low-dose naltrexone was studied in pain.", "writes_about"),
        ("Some doctors prescribe low-dose naltrexone off label.", "writes_about"),
        ("Ask your doctor to prescribe low-dose naltrexone.", "writes_about"),
        ("Do we prescribe low-dose naltrexone?", "writes_about"),
    ],
)
def test_a_page_offers_it_only_if_a_sentence_says_so(look, sentence, grade):
    found = look("Treatments", f"<h1>Treatments</h1><p>Welcome to us.</p><p>{sentence}</p>")
    assert (found.grade, sentence in found.quote) == (grade, True)


def test_a_page_of_a_person_is_told_from_that_of_an_organisation(look):
    body = "<h1>{0}</h1><p>We prescribe low-dose naltrexone.</p><footer>© 2026 {0}</footer>"
    person = look("Ada Marsh, MD", body.format("Ada Marsh, MD"), "https://adamarsh.example.org/ldn")
    practice = look("Marsh Family Practice", body.format("Marsh Family Practice"), "https://marsh.example.org/ldn")
    assert (person.is_person, practice.is_person) == (True, False)


def test_a_branch_is_told_from_the_other_branches_of_its_site():
    row = "clinic,{0},,,,,,,,https://many.example.org/{1},,,https://many.example.org/{1}/ldn,Page.,offers,,2026-11-22\n"
    file = CuratedFile((HEADER + "\n" + row.format("North", "north") + row.format("South", "south")).encode())
    assert file.of_site("https://many.example.org/south/ldn-therapy").row["organisation"] == "South"
    assert file.of_site("https://many.example.org/west/ldn") is None


def test_the_form_of_the_file_is_kept_whatever_it_is():
    body = ("\ufeff" + OTHERS.replace("\n", "\r\n")).encode()
    file = CuratedFile(body)
    file.add({"kind": "telehealth", "organisation": 'The "Quick" Clinic', "evidence": "One,\ntwo"})
    assert file.body.startswith(body)
    assert file.body[len(body) :].endswith(b"\r\n")
    assert file.rows()[-1].row["organisation"] == 'The "Quick" Clinic'
    file.fill(2, {"city": "Waco, near Austin"})
    assert file.rows()[0].row["city"] == "Waco, near Austin"


def test_json_says_the_row_with_the_page_of_each_value(add):
    found = json.loads(add("https://quayside.example.org/ldn", "--json").stdout)
    assert found["pages"]["phone"] == "https://quayside.example.org/contact"
    assert (found["grade"], found["written"], found["known"]) == ("offers", False, None)
