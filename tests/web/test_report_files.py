"""Reports as files: what they hold, how they are sent, and what a spreadsheet may not run."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from app.models import Call, Line
from app.parts import Parts
from app.web.csv_files import cell
from tests.builders import Plant
from tests.web.conftest import MINUTE, NOON

FILES = ["/reports/output.csv", "/reports/downtime.csv", "/reports/calls.csv", "/reports/oee.csv"]
MONDAY = "from=2026-03-02&to=2026-03-02"


def file(client: FlaskClient, path: str) -> list[list[str]]:
    body = client.get(path).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_files_hold_the_rows_on_the_plants_clock(vera: FlaskClient) -> None:
    output, downtime, calls, oee = (file(vera, f"{path}?{MONDAY}") for path in FILES)

    assert output[0] == ["line", "from", "to", "good", "scrap", "target", "as_of"]
    noon = ["Press", "2026-03-02 12:00:00+01:00", "2026-03-02 13:00:00+01:00", "25", "5", "60.0"]
    assert noon in [row[:-1] for row in output]
    assert downtime[1:] == [
        ["Press", "2026-03-02 12:00:00+01:00", "2026-03-02 12:40:00+01:00", "40.0", ""]
    ]
    raised, came = "2026-03-02 12:02:00+01:00", "2026-03-02 12:05:00+01:00"
    assert calls[1][:6] == ["Press", "Station 1", "material", raised, "Otto", came]
    told = ["Press", "60.0", "40.0", "120.0", "30", "6", "0.333", "0.3", "0.833", "0.083"]
    assert oee[1][:-1] == told


def test_a_file_says_what_it_is(vera: FlaskClient) -> None:
    answer = vera.get("/reports/calls.csv?from=2026-03-01&to=2026-03-02")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="calls-north-2026-03-01-to-2026-03-02.csv"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers


def test_text_that_a_spreadsheet_would_run_is_told_to_be_text(
    vera: FlaskClient, parts: Parts
) -> None:
    with parts.database.transaction() as session:
        session.execute(update(Line).values(name='=HYPERLINK("x")'))

    for path in FILES:
        assert {row[0] for row in file(vera, f"{path}?{MONDAY}")[1:]} == {'\'=HYPERLINK("x")'}


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_every_beginning_of_a_formula_is_defused_and_numbers_are_left(begins: str) -> None:
    assert cell(f"{begins}1") == f"'{begins}1"
    assert [cell(value) for value in (-1, -0.5, None, "a=b")] == [-1, -0.5, "", "a=b"]


def test_a_file_past_its_bound_says_that_it_was_cut(
    vera: FlaskClient, parts: Parts, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.reports.MOST_CALLS", 2)
    with parts.database.transaction() as session:
        for minute in range(3):
            raised = NOON + minute * MINUTE
            session.add(
                Call(
                    line_id=plant.lines["weld"],
                    station_id=plant.stations["weld-s1"],
                    reason="help",
                    raised_at=raised,
                    resolved_at=raised,
                )
            )
    rows = file(vera, f"/reports/calls.csv?{MONDAY}")

    assert len(rows) == 1 + 2 + 1
    assert rows[-1] == ["only the first 2 rows: ask for less time"]


def test_a_long_file_is_sent_in_pieces_and_let_go_when_nobody_reads_on(
    vera: FlaskClient, parts: Parts, plant: Plant
) -> None:
    with parts.database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO call (line_id, station_id, reason, raised_at, resolved_at)"
                " SELECT :line, :station, 'help', at, at FROM generate_series("
                " CAST(:noon AS timestamptz), CAST(:noon AS timestamptz) + interval '9 h',"
                " interval '10 s') AS at"
            ),
            {"line": plant.lines["weld"], "station": plant.stations["weld-s1"], "noon": NOON},
        )
    answer = vera.get(f"/reports/calls.csv?{MONDAY}", buffered=False)
    pieces = iter(answer.response)
    first = next(pieces)
    held = parts.database.engine.pool.checkedout()  # type: ignore[attr-defined]
    answer.close()

    assert 10_000 < len(first) < 60_000
    assert held == 1
    assert parts.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
