"""Register files of the published forms: what is loaded, what is refused, and that the last good state stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ldn_directory.registers.entries import Facts, PracticePlace
from ldn_directory.registers.errors import RegisterError
from ldn_directory.registers.layout import nppes_columns
from ldn_directory.registers.loading import load
from ldn_directory.registers.lookup import entries_for
from ldn_directory.registers.matching import match_provider
from ldn_directory.registers.store import loaded_registers, open_registers
from tests.generators.register_files import Entry, line_of, quoted, write_deactivated, write_leie
from tests.generators.registers import Register

TODAY = date(2026, 11, 25)
ROWS = 300
OCTOBER, NOVEMBER = date(2026, 10, 11), date(2026, 11, 8)


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> dict[date, Path]:
    """The zip of October and of November; the same people in both."""
    folder = tmp_path_factory.mktemp("months")
    return {
        day: Register(ROWS, 10, as_of=day).write_month(folder / f"NPPES_Data_Dissemination_{day:%B_%Y}_V2.zip")
        for day in (OCTOBER, NOVEMBER)
    }


def lines(day: date) -> list[str]:
    """The lines of the main file, the column names first."""
    header = ",".join(f'"{name}"' for name in nppes_columns()) + "\n"
    return [header, *(line_of(*row) for row in Register(ROWS, 10, as_of=day).entries())]


def plain(folder: Path, day: date, text: str) -> Path:
    path = folder / Register(ROWS, as_of=day).member
    path.write_text(text)
    return path


def someone() -> tuple[str, Entry]:
    return next((number, entry) for number, entry in Register(ROWS, 10).entries() if entry.surname)


def stored(data: Path, number: str, *names: str) -> tuple[object, ...] | None:
    with open_registers(data / "registers.db") as db:
        return db.execute(f"SELECT {', '.join(names)} FROM nppes WHERE npi = ?", [int(number)]).fetchone()


def left_over(data: Path) -> list[Path]:
    return [path for path in data.iterdir() if "loading" in path.name or "tmp" in path.name]


def refused(path: Path, data: Path, **given: object) -> str:
    before = loaded_registers(data)
    with pytest.raises(RegisterError) as caught:
        load(path, data, today=TODAY, **given)
    assert loaded_registers(data) == before
    assert not left_over(data)
    return str(caught.value)


def test_the_layout_has_the_330_columns_of_the_published_file():
    columns = nppes_columns()

    assert len(columns) == len(set(columns)) == 330
    assert (columns[0], columns[42], columns[47], columns[307], columns[-1]) == (
        "NPI",
        "Authorized Official Last Name",
        "Healthcare Provider Taxonomy Code_1",
        "Is Sole Proprietor",
        "Certification Date",
    )


def test_a_month_is_read_from_the_zip_as_it_is(months, tmp_path):
    loaded = load(months[NOVEMBER], tmp_path, today=TODAY)

    number, entry = someone()
    assert (loaded.register, loaded.as_of, loaded.entries, loaded.changed) == ("nppes", NOVEMBER, ROWS, True)
    assert stored(tmp_path, number, "person", "given", "surname", "region", "postcode", "phone") == (
        True,
        entry.given,
        entry.surname,
        entry.state,
        entry.postcode[:5],
        entry.phone,
    )


def test_unpacked_it_gives_the_same(months, tmp_path):
    load(months[NOVEMBER], tmp_path / "zip", today=TODAY)
    load(plain(tmp_path, NOVEMBER, "".join(lines(NOVEMBER))), tmp_path / "plain", today=TODAY)

    def everything(data: Path) -> list[tuple[object, ...]]:
        with open_registers(data / "registers.db") as db:
            return (
                db.execute("SELECT * FROM nppes ORDER BY npi").fetchall()
                + db.execute("SELECT * FROM shares ORDER BY ALL").fetchall()
            )

    assert everything(tmp_path / "zip") == everything(tmp_path / "plain")


def test_a_file_larger_than_a_piece_is_read_across_the_pieces(months, tmp_path, monkeypatch):
    monkeypatch.setattr("ldn_directory.registers.zip_stream.CHUNK", 1_000)
    monkeypatch.setattr("ldn_directory.registers.zip_stream.PIECE", 20_000)

    assert load(months[NOVEMBER], tmp_path, today=TODAY).entries == ROWS


def test_letters_beyond_ascii_and_bytes_that_are_none_cost_nothing(tmp_path):
    number, entry = someone()
    content = (
        "".join(lines(NOVEMBER))
        .replace(entry.surname, "MUÑOZ")
        .encode()
        .replace("MUÑOZ".encode(), "MUÑOZ".encode() + b"\xff")
    )
    with zipfile.ZipFile(tmp_path / "month.zip", "w") as packed:
        packed.writestr(Register(ROWS, as_of=NOVEMBER).member, content)

    load(tmp_path / "month.zip", tmp_path / "data", today=TODAY)

    assert stored(tmp_path / "data", number, "surname", "surname_key") == ("MUÑOZ\ufffd", "MUNOZ")


def test_the_same_month_twice_is_said_and_changes_nothing(months, tmp_path):
    load(months[NOVEMBER], tmp_path, today=TODAY)
    before = (tmp_path / "registers.db").stat()

    again = load(months[NOVEMBER], tmp_path, today=TODAY)
    unpacked = load(plain(tmp_path, NOVEMBER, "".join(lines(NOVEMBER))), tmp_path, today=TODAY)

    assert not again.changed and "is loaded already (as of 2026-11-08, 300 entries): nothing to do" in again.says
    assert not unpacked.changed
    after = (tmp_path / "registers.db").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)


def test_an_older_month_is_refused(months, tmp_path):
    load(months[NOVEMBER], tmp_path, today=TODAY)

    assert "is as of 2026-10-11, but NPPES is loaded as of 2026-11-08" in refused(months[OCTOBER], tmp_path)


def test_half_a_zip_is_refused(months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    half = tmp_path / "half.zip"
    half.write_bytes(months[NOVEMBER].read_bytes()[: months[NOVEMBER].stat().st_size // 2])

    assert "half.zip is no whole zip file" in refused(half, tmp_path)


def test_a_zip_whose_checksum_is_wrong_is_refused(months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    with zipfile.ZipFile(tmp_path / "month.zip", "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(Register(ROWS, as_of=NOVEMBER).member, "".join(lines(NOVEMBER)))
    _, entry = someone()
    damaged = (tmp_path / "month.zip").read_bytes().replace(entry.surname.encode(), b"X" * len(entry.surname))
    (tmp_path / "month.zip").write_bytes(damaged)

    assert "damaged (Bad CRC-32" in refused(tmp_path / "month.zip", tmp_path)


@pytest.mark.parametrize("cut", ["inside a row", "inside a quoted field", "after a row"])
def test_half_an_unpacked_file_is_refused(cut, months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    whole = "".join(lines(NOVEMBER)[: ROWS // 2])
    text = {
        "inside a row": whole[: whole.rindex(",")] + "\n",
        "inside a quoted field": whole[:-3],
        "after a row": whole,
    }[cut]

    said = refused(plain(tmp_path, NOVEMBER, text), tmp_path)

    assert "npidata_pfile_20050523-20261108.csv" in said
    assert ("149 entries instead of about 300" if cut == "after a row" else "CSV Error on Line: 150") in said


def test_more_columns_cost_nothing(tmp_path):
    text = "".join(
        line.rstrip("\n") + (',"x"\n' if number else ',"Provider Favourite Colour"\n')
        for number, line in enumerate(lines(NOVEMBER))
    )

    assert load(plain(tmp_path, NOVEMBER, text), tmp_path, today=TODAY).entries == ROWS


def test_a_missing_column_is_named(months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    text = "".join(lines(NOVEMBER)).replace('"Provider First Name"', '"Provider Given Name"', 1)

    assert "lacks the columns 'Provider First Name': its layout has changed" in refused(
        plain(tmp_path, NOVEMBER, text), tmp_path
    )


def test_a_few_wrong_dates_cost_their_entries(tmp_path):
    number, entry = someone()
    text = "".join(lines(NOVEMBER)).replace(
        line_of(number, entry), line_of(number, replace(entry, deactivated="13/45/2026"))
    )

    loaded = load(plain(tmp_path, NOVEMBER, text), tmp_path, today=TODAY)

    assert (loaded.entries, loaded.left_out) == (ROWS - 1, 1)
    assert loaded.problems == (
        f"NPI {number}: the date of its deactivation or reactivation cannot be read: 13/45/2026",
    )
    assert stored(tmp_path, number, "npi") is None


def test_many_wrong_dates_cost_the_file(months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    header, *_ = lines(NOVEMBER)
    text = header + "".join(
        line_of(number, replace(entry, deactivated="2026-01-31")) for number, entry in Register(ROWS, 10).entries()
    )

    assert "300 of 300 entries cannot be read" in refused(plain(tmp_path, NOVEMBER, text), tmp_path)


def test_an_entry_that_ended_after_the_file_was_made_is_wrong(tmp_path):
    number, entry = someone()
    text = "".join(lines(NOVEMBER)).replace(
        line_of(number, entry), line_of(number, replace(entry, deactivated="01/31/2031"))
    )

    assert "is dated after the file" in load(plain(tmp_path, NOVEMBER, text), tmp_path, today=TODAY).problems[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("npidata_pfile_20050523-20261345.csv", "has no days in its name that exist"),
        ("npidata_pfile_20050523-20270101.csv", "is of a day to come (2027-01-01)"),
        ("npidata_pfile_20261108-20261101.csv", "ends before it begins"),
    ],
)
def test_wrong_days_in_the_name_are_refused(name, said, tmp_path):
    (tmp_path / name).write_text("".join(lines(NOVEMBER)))

    assert said in refused(tmp_path / name, tmp_path)


def test_a_number_that_stands_twice_is_refused(tmp_path):
    text = lines(NOVEMBER)

    assert "stands in it twice" in refused(plain(tmp_path, NOVEMBER, "".join([*text, text[5]])), tmp_path)


def test_whoever_is_deactivated_keeps_the_name_that_was_known(months, tmp_path):
    number, entry = someone()
    load(months[OCTOBER], tmp_path, today=TODAY)
    text = "".join(lines(NOVEMBER)).replace(line_of(number, entry), line_of(number, Entry(deactivated="10/30/2026")))

    load(plain(tmp_path, NOVEMBER, text), tmp_path, today=TODAY)

    assert stored(tmp_path, number, "surname", "phone", "deactivated") == (
        entry.surname,
        entry.phone,
        date(2026, 10, 30),
    )


def test_a_week_follows_its_month(months, tmp_path):
    number, entry = someone()
    load(months[NOVEMBER], tmp_path, today=TODAY)
    week = Register(ROWS).write_week(
        tmp_path / "week.zip", date(2026, 11, 9), [(number, replace(entry, phone="3705550142"))]
    )

    loaded = load(week, tmp_path, today=TODAY)

    assert (loaded.as_of, loaded_registers(tmp_path)["nppes"].entries) == (date(2026, 11, 15), ROWS)
    assert stored(tmp_path, number, "surname", "phone") == (entry.surname, "3705550142")
    assert not load(week, tmp_path, today=TODAY).changed


def test_a_week_without_its_month_or_after_a_gap_is_refused(months, tmp_path):
    late = Register(ROWS).write_week(tmp_path / "late.zip", date(2026, 11, 16), [someone()])

    assert "load a monthly file first" in refused(late, tmp_path)
    load(months[NOVEMBER], tmp_path, today=TODAY)
    assert "load the week between first" in refused(late, tmp_path)


def test_the_report_of_deactivated_numbers_ends_them(months, tmp_path):
    number, entry = someone()
    load(months[NOVEMBER], tmp_path, today=TODAY)
    report = write_deactivated(
        tmp_path / "report.zip", date(2026, 11, 23), {number: "11/20/2026", "1234567893": "10/01/2020"}
    )

    loaded = load(report, tmp_path, today=TODAY)

    assert (loaded.register, loaded.entries, loaded.as_of) == ("deactivated", 2, date(2026, 11, 23))
    assert stored(tmp_path, number, "surname", "deactivated") == (entry.surname, date(2026, 11, 20))
    assert not load(report, tmp_path, today=TODAY).changed


def test_an_older_file_does_not_bring_back_whom_a_later_report_ended(months, tmp_path):
    number, entry = someone()
    load(months[OCTOBER], tmp_path, today=TODAY)
    load(write_deactivated(tmp_path / "report.zip", date(2026, 11, 23), {number: "11/20/2026"}), tmp_path, today=TODAY)

    load(months[NOVEMBER], tmp_path, today=TODAY)
    after_month = stored(tmp_path, number, "surname", "deactivated")
    load(Register(ROWS).write_week(tmp_path / "week.zip", date(2026, 11, 9), [(number, entry)]), tmp_path, today=TODAY)

    assert after_month == stored(tmp_path, number, "surname", "deactivated") == (entry.surname, date(2026, 11, 20))


def test_a_report_that_is_cut_off_or_has_wrong_dates_is_refused(months, tmp_path):
    load(months[NOVEMBER], tmp_path, today=TODAY)
    report = write_deactivated(tmp_path / "report.zip", date(2026, 11, 23), {someone()[0]: "20/11/2026"})
    with zipfile.ZipFile(report) as packed:
        (tmp_path / "NPPES Deactivated NPI Report 20261123.xlsx").write_bytes(packed.read(packed.namelist()[0])[:2_000])
    whole = write_deactivated(
        tmp_path / "other.zip", date(2026, 11, 23), {str(number): "99/99/2026" for number in range(10)}
    )

    assert "is no whole zip file" in refused(tmp_path / "NPPES Deactivated NPI Report 20261123.xlsx", tmp_path)
    assert "10 of 10 entries cannot be read" in refused(whole, tmp_path)


def test_further_places_and_names_in_the_zip_are_found(tmp_path):
    register = Register(ROWS, 10, as_of=NOVEMBER)
    number, entry = someone()
    company, firm = next((number, entry) for number, entry in register.entries() if entry.organisation)
    more = {
        "other_places": [quoted((number, "77 HARBOR RD", "", "SALEM", "OR", "973011234", "US", "3705550142", "", ""))],
        "other_names": [quoted((company, "SALTMARSH WALK-IN CLINIC", "3"))],
    }
    load(register.write_month(tmp_path / "month.zip", more), tmp_path, today=TODAY)
    salem = PracticePlace(
        street="77 Harbor Road", city="Salem", region_code="US-OR", postcode="97301", country_code="US"
    )
    there = PracticePlace(
        city=firm.city.title(), region_code=f"US-{firm.state}", postcode=firm.postcode[:5], country_code="US"
    )
    asked = [
        Facts(
            id=1,
            is_person=True,
            names=(f"{entry.given} {entry.surname}".title(),),
            spots=(salem,),
            phones=("+13705550142",),
        ),
        Facts(id=2, is_person=False, names=("Saltmarsh Walk-In Clinic",), spots=(there,), phones=(f"+1{firm.phone}",)),
    ]

    with open_registers(tmp_path / "registers.db") as db:
        found = [match_provider(facts, entries) for facts, entries in entries_for(db, asked)]

    assert [match.entry and match.entry.number for match in found] == [number, company]
    assert found[0].entry
    [place] = found[0].entry.elsewhere
    assert place.shares
    assert (place.phone, place.shares.phone, place.shares.total) == ("+13705550142", 1, ROWS)
    assert place.shares.region != found[0].entry.shares.region


def test_exclusions_are_loaded_and_those_reinstated_left_out(tmp_path):
    doe = {
        "LASTNAME": "QUILLMERE",
        "FIRSTNAME": "PAT",
        "CITY": "AUSTIN",
        "STATE": "TX",
        "ZIP": "78701",
        "EXCLTYPE": "1128a1",
        "EXCLDATE": "20200120",
    }
    path = write_leie(tmp_path / "UPDATED.csv", [doe, doe | {"FIRSTNAME": "SAM", "REINDATE": "20240101"}])

    loaded = load(path, tmp_path, today=TODAY, dated=date(2026, 11, 10))

    assert (loaded.register, loaded.entries, loaded.as_of) == ("leie", 1, date(2026, 11, 10))
    assert not load(path, tmp_path, today=TODAY, dated=date(2026, 11, 10)).changed


def test_half_a_list_of_exclusions_is_refused(tmp_path):
    rows = [
        {"LASTNAME": f"QUILLMERE{n}", "FIRSTNAME": "PAT", "STATE": "TX", "EXCLTYPE": "1128a1", "EXCLDATE": "20200120"}
        for n in range(20)
    ]
    path = write_leie(tmp_path / "UPDATED.csv", rows)
    load(path, tmp_path, today=TODAY, dated=date(2026, 10, 10))
    whole = path.read_bytes()

    path.write_bytes(whole[: len(whole) // 2])
    assert "UPDATED.csv" in refused(path, tmp_path, dated=date(2026, 11, 10))
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:11]))
    assert "10 entries instead of about 20" in refused(path, tmp_path, dated=date(2026, 11, 10))
    path.write_bytes(whole.replace(b"20200120", b"20201301"))
    assert "20 of 20 entries cannot be read" in refused(path, tmp_path, dated=date(2026, 11, 10))


def test_another_file_is_refused_with_what_would_be_taken(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")

    assert "is not a known file" in refused(tmp_path / "other.csv", tmp_path)
    assert "there is no file" in refused(tmp_path / "nothing.zip", tmp_path)


def test_two_loads_at_once_are_one_too_many(months, tmp_path):
    import fcntl

    with (tmp_path / ".registers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RegisterError, match="another load is under way"):
            load(months[NOVEMBER], tmp_path, today=TODAY)


def test_a_damaged_database_is_said_and_can_be_deleted(months, tmp_path):
    (tmp_path / "registers.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(RegisterError, match="delete it, and load them again"):
        loaded_registers(tmp_path)


KILLED = """
import sys
from datetime import date
from pathlib import Path
from ldn_directory.registers import loading
original = loading._Loading._finish
def stopped(self, *args, **kwargs):
    print("almost", flush=True)
    sys.stdin.read()
loading._Loading._finish = stopped
loading.load(Path(sys.argv[1]), Path(sys.argv[2]), today=date(2026, 11, 25))
"""


def test_a_kill_during_a_load_leaves_what_was_loaded_before(months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    before = (tmp_path / "registers.db").read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(months[NOVEMBER]), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "almost\n"

    process.send_signal(signal.SIGKILL)
    process.wait(30)

    assert (tmp_path / "registers.db").read_bytes() == before
    assert loaded_registers(tmp_path)["nppes"].as_of == OCTOBER
    assert load(months[NOVEMBER], tmp_path, today=TODAY).changed
    assert not left_over(tmp_path)


@pytest.mark.parametrize("place", [0, 60], ids=["its header", "its content"])
@pytest.mark.parametrize(
    "member",
    [
        "npidata_pfile_20050523-20261108.csv",
        "pl_pfile_20050523-20261108.csv",
        "NPPES Deactivated NPI Report 20261109.xlsx",
    ],
)
def test_a_zip_with_a_damaged_file_is_refused(member, place, months, tmp_path):
    load(months[OCTOBER], tmp_path, today=TODAY)
    report = write_deactivated(tmp_path / "report.zip", date(2026, 11, 9), {someone()[0]: "11/01/2026"})
    good = report if member.endswith(".xlsx") else months[NOVEMBER]
    with zipfile.ZipFile(good) as packed:
        start = packed.getinfo(member).header_offset
    content = bytearray(good.read_bytes())
    at = start + (30 + len(member) if place else 0) + place
    content[at : at + 40] = bytes(byte ^ 0xFF for byte in content[at : at + 40])
    (tmp_path / "damaged.zip").write_bytes(content)

    assert "damaged" in refused(tmp_path / "damaged.zip", tmp_path)


def test_a_zip_that_wants_a_password_is_refused(months, tmp_path):
    content = bytearray(months[NOVEMBER].read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    (tmp_path / "locked.zip").write_bytes(content)

    assert "encrypted" in refused(tmp_path / "locked.zip", tmp_path)
