from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.recording import Recorded, Unreadable, read_recording, told_apart
from tests.builders import Plant
from tests.commands.conftest import Shell

START = datetime(2014, 1, 7, 12, tzinfo=UTC)
SENSOR = "press-s1-temperature"
MOMENTS = st.integers(0, 4).map(lambda number: START + timedelta(milliseconds=number))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three hundred readings, five minutes apart; one moment comes twice and one three times."""
    moments = [START + timedelta(minutes=5 * number) for number in range(297)]
    moments += [moments[10], moments[20], moments[20]]
    rows = "".join(f"{at:%Y-%m-%d %H:%M:%S},{70 + n / 10}\n" for n, at in enumerate(moments))
    file = tmp_path / "recording.csv"
    file.write_text(f"timestamp,value\n{rows}")
    return file


def test_a_recording_arrives_whole_and_only_once(
    *,
    shell: Shell,
    served: str,
    plant: Plant,
    recording: Path,
    drained: Callable[[], int],
    count: Callable[[str], int],
) -> None:
    replay = ("replay", str(recording), "--sensor", SENSOR, "--url", served, "--token-stdin")
    first = shell(*replay, words=plant.token)
    stored = drained()
    second = shell(*replay, words=plant.token)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "300 readings were taken; 3 of them" in first.output
    assert stored == 300
    assert drained() == 0
    assert count("reading WHERE at = '2014-01-07 12:00Z'") == 1
    assert count("reading WHERE at = '2014-01-07 13:40:00.002Z'") == 1


def test_a_recording_may_be_paced(
    shell: Shell, served: str, plant: Plant, recording: Path, drained: Callable[[], int]
) -> None:
    day_a_second = str(24 * 3600)
    result = shell(
        *("replay", str(recording), "--sensor", SENSOR, "--url", served, "--speed", day_a_second),
        words=plant.token,
    )

    assert result.exit_code == 0
    assert drained() == 300


def test_a_wrong_token_is_told_in_the_server_s_words(
    shell: Shell, served: str, plant: Plant, recording: Path
) -> None:
    result = shell("replay", str(recording), "--sensor", SENSOR, "--url", served, words="1.wrong")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: 401: a gateway's token is needed")
    assert result.stderr.count("\n") == 1


def test_an_unknown_sensor_is_told_in_the_server_s_words(
    shell: Shell, served: str, plant: Plant, recording: Path
) -> None:
    result = shell(
        "replay", str(recording), "--sensor", "nothing", "--url", served, words=plant.token
    )

    assert result.exit_code == 1
    assert "no sensor of this plant is called 'nothing'" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timestamp,value\n2014-01-07 12:00:00,1\n2014-01-07 12:05:00,warm\n", "line 3: 'warm' is"),
        ("timestamp,value\n2014-01-07 12:00:00,nan\n", "line 2: 'nan' is no finite number"),
        ("timestamp,value\n2014-01-07 12:00:00,1_0\n", "line 2: '1_0' is no number"),
        ("timestamp,value\n2014-01-07 12:00:00\n", "line 2: None is no number"),
        ("timestamp,value\nnoon,1\n", "line 2: 'noon' is no timestamp"),
        ("timestamp,value\n0001-01-01T00:00+14:00,1\n", "line 2: "),
        ("time,value\n2014-01-07 12:00:00,1\n", "line 1: no column is called timestamp"),
        ('timestamp,value\n"2014-01-07 12:00:00,1\n', "line 2: "),
        ("timestamp,value\n", "there are no readings in it"),
        ("", "no column is called timestamp or value"),
    ],
)
def test_a_bad_row_is_named_before_anything_is_sent(
    shell: Shell, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    result = shell("replay", str(file), "--sensor", SENSOR, "--url", "http://127.0.0.1:1")

    assert result.exit_code == 1
    assert str(file) in result.stderr
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"timestamp,value\n\xff\xfe,1\n"])
def test_what_is_no_file_of_text_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "recording.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(Unreadable, match=r"recording\.csv: "):
        read_recording(file)


def test_a_moment_keeps_its_zone_and_without_one_is_utc(tmp_path: Path) -> None:
    file = tmp_path / "zones.csv"
    file.write_text(
        "\ufefftimestamp,value\n2014-01-07 12:00:00,1\n2014-01-07T14:00:01+02:00,2\n",
        encoding="utf-8",
    )

    assert read_recording(file).readings == [
        Recorded(START, 1.0),
        Recorded(START + timedelta(seconds=1), 2.0),
    ]


@given(st.lists(MOMENTS, max_size=8))
def test_every_reading_has_a_moment_of_its_own(moments: list[datetime]) -> None:
    read = [Recorded(at, float(number)) for number, at in enumerate(moments)]
    told = told_apart(read)

    assert [reading.value for reading in told.readings] == [reading.value for reading in read]
    assert len({reading.at for reading in told.readings}) == len(read)
    assert {reading.at for reading in told.readings} >= set(moments)
    assert told.moved == len(moments) - len(set(moments))
