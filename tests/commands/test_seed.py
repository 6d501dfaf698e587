from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.commands.seed import tables
from app.domain.accounts import operator_for_password
from app.models import Operator, Plant
from app.parts import Parts
from tests.commands.conftest import Shell

NOW = "2025-06-15T12:02:03+00:00"
SEED = ("seed", "--days", "1", "--now", NOW)
TABLES = {
    "plant": "id",
    "line": "id",
    "station": "id",
    "sensor": "id",
    "shift": "id",
    "call": "id",
    "output": "id",
    "reading": "sensor_id, at",
    "sensor_status": "sensor_id",
    "line_status": "line_id",
    "sensor_alert": "id",
}


def checksums(parts: Parts) -> dict[str, str]:
    """A digest of each table; of people without their passwords, whose hashes are salted."""
    people = "(SELECT id, plant_id, username, name, team, role FROM operator)"
    with parts.database.transaction() as session:
        return {
            table: session.scalar(
                text(f"SELECT md5(string_agg(row::text, '|' ORDER BY {key})) FROM {table} AS row")  # noqa: S608
            )
            for table, key in {**TABLES, people: "id"}.items()
        }


def empty(parts: Parts) -> None:
    with parts.database.transaction() as session:
        session.execute(text(f"TRUNCATE {', '.join(TABLES)}, operator CASCADE"))


def test_the_plant_has_the_size_it_is_promised(shell: Shell, count: Callable[[str], int]) -> None:
    assert shell(*SEED).exit_code == 0

    assert [count(table) for table in ("plant", "line", "station", "sensor", "operator")] == [
        *(2, 8, 40, 160, 60)
    ]
    assert count("reading") == 159 * 288
    assert count("sensor_status") == 159
    assert count("line_status WHERE state = 'unknown' AND last_output_at IS NOT NULL") == 8
    assert count("output") > 8 * 200


def test_the_same_seed_and_moment_give_the_same_plant(shell: Shell, parts: Parts) -> None:
    shell(*SEED)
    first = checksums(parts)
    empty(parts)
    shell(*SEED)

    assert checksums(parts) == first


def test_another_seed_gives_another_past(shell: Shell, parts: Parts) -> None:
    shell(*SEED)
    first = checksums(parts)
    empty(parts)
    shell(*SEED, "--seed", "2")
    second = checksums(parts)

    assert {table for table in first if first[table] == second[table]} == {
        *("plant", "line", "station", "sensor", "shift")
    }


def test_the_past_is_on_the_leaderboards(shell: Shell, count: Callable[[str], int]) -> None:
    shell(*SEED)

    assert count("leaderboard WHERE window_key = 'all'") == 2 * 3
    assert (
        count(
            "leaderboard_total JOIN leaderboard ON id = leaderboard_id "
            "WHERE board = 'lines' AND window_key = 'all'"
        )
        == 8
    )
    assert count("leaderboard WHERE window_key LIKE 'shift:%'") > 0


def test_the_recorder_waits_for_a_recording(shell: Shell, count: Callable[[str], int]) -> None:
    shell(*SEED)

    assert count("sensor WHERE slug = 'press-1-recorder-temperature' AND name = 'Recorder'") == 1
    assert count("sensor WHERE NOT EXISTS (SELECT FROM reading WHERE sensor_id = sensor.id)") == 1


def test_the_newest_reading_is_of_the_moment_itself(
    shell: Shell, count: Callable[[str], int]
) -> None:
    shell(*SEED)

    assert count("sensor_status WHERE at = '2025-06-15 12:00+00'") == 159
    assert count("reading WHERE at > '2025-06-15 12:00+00'") == 0
    assert count("output WHERE at > '2025-06-15 12:00+00'") == 0
    assert count("reading_other") == 0


def test_every_line_has_one_shift_at_any_moment(shell: Shell, count: Callable[[str], int]) -> None:
    shell(*SEED)

    for moment in ("2025-06-14 12:00+00", "2025-06-15 12:00+00", "2025-08-14 11:00+00"):
        assert count(f"shift WHERE starts_at <= '{moment}' AND ends_at > '{moment}'") == 8


def test_a_shift_has_two_breaks_in_which_nothing_is_made(
    shell: Shell, count: Callable[[str], int]
) -> None:
    shell(*SEED)
    in_a_break = (
        "output JOIN shift ON shift.line_id = output.line_id "
        "JOIN shift_break ON shift_id = shift.id "
        "WHERE at >= shift_break.starts_at AND at < shift_break.ends_at"
    )

    assert count("shift_break") == 2 * count("shift")
    assert count("stop_reason WHERE parent IS NOT NULL") > 20
    assert count(in_a_break) == 0
    assert count("work WHERE ends_at - starts_at > interval '3 hours'") == 0


def test_calls_are_history_but_for_a_few(shell: Shell, count: Callable[[str], int]) -> None:
    shell(*SEED)

    assert count("call WHERE resolved_at IS NULL") == 4
    assert count("call WHERE resolved_at IS NULL AND acknowledged_at IS NULL") == 2
    assert (
        count("call WHERE resolved_at < acknowledged_at OR resolved_at > '2025-06-15 12:00Z'") == 0
    )


def test_alerts_are_those_of_the_readings_and_some_were_seen(
    shell: Shell, count: Callable[[str], int]
) -> None:
    shell(*SEED)
    beyond = (
        "sensor_alert AS alert JOIN reading USING (sensor_id) "
        "WHERE at = raised_at AND (value > bound) = (kind = 'high')"
    )

    assert 4 < count("sensor_alert") == count(beyond)
    assert 0 < count("sensor_alert WHERE acknowledged_by IS NOT NULL") < count("sensor_alert")
    assert count("sensor_alert WHERE acknowledged_at > '2025-06-15 12:00Z'") == 0


def test_calls_are_of_types_and_most_were_answered_in_time(
    shell: Shell, count: Callable[[str], int]
) -> None:
    shell(*SEED)
    typed = (
        "call JOIN line ON line.id = line_id "
        "JOIN call_type AS kind ON kind.plant_id = line.plant_id AND kind.slug = reason "
        "WHERE kind.urgency = call.urgency"
    )
    answered = f"{typed} AND acknowledged_at IS NOT NULL"
    threshold = "make_interval(mins => kind.response_minutes)"
    in_time = count(f"{answered} AND acknowledged_at - raised_at <= {threshold}")

    assert count("call_type") == 10
    assert count(typed) == count("call")
    assert count(answered) / 2 < in_time < count(answered)
    assert 0 < count("call WHERE raised_note IS NOT NULL") < count("call")


def test_four_people_may_sign_in_and_the_others_may_not(
    shell: Shell, parts: Parts, count: Callable[[str], int]
) -> None:
    said = shell(*SEED, "--password-stdin", words="an evening in june\n").output

    assert "an evening in june" not in said
    assert count("operator WHERE password_hash IS NOT NULL") == 4
    with parts.database.transaction() as session:
        for username in ("admin", "supervisor", "operator", "viewer"):
            person = operator_for_password(session, username, "an evening in june")
            assert person is not None
            assert person.role == username


def test_the_password_is_made_up_and_told_once(shell: Shell, parts: Parts) -> None:
    password = shell(*SEED).output.split()[-1]

    assert len(password) == 16
    with parts.database.transaction() as session:
        assert operator_for_password(session, "admin", password) is not None


def test_a_plant_that_is_there_is_left_alone(
    shell: Shell, plant: object, count: Callable[[str], int]
) -> None:
    refused, quiet = shell(*SEED), shell(*SEED, "--if-empty")

    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert count("plant") == 1


def test_an_interrupted_seed_leaves_nothing(
    shell: Shell, count: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tables, "go_on_counting", interrupted)

    assert shell(*SEED).exit_code == 1
    assert [count(table) for table in TABLES] == [0] * len(TABLES)


def test_what_is_added_later_gets_the_next_number(shell: Shell, parts: Parts) -> None:
    shell(*SEED)
    with parts.database.transaction() as session:
        plant = Plant(slug="west", name="West", time_zone="UTC")
        session.add(plant)
        session.flush()
        newcomer = Operator(plant_id=plant.id, username="new", name="New", role="viewer")
        session.add(newcomer)
        session.flush()

        assert (plant.id, newcomer.id) == (3, 61)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--now", "yesterday"), 2),
        (("--days", "0"), 2),
        (("--password-stdin",), 1),
    ],
)
def test_what_cannot_be_is_refused(shell: Shell, args: tuple[str, ...], code: int) -> None:
    refused = shell("seed", *args, words="short\n")

    assert refused.exit_code == code
    assert "Error: " in refused.stderr
