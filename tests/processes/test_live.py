"""The live process as browsers meet it."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from app.commands.drain.teller import SWEEP_SECONDS
from app.domain import board
from tests.processes.conftest import Instance, until
from tests.processes.streams import HTTP, Stream, cookie, hung_up  # noqa: F401 (a fixture)


def send_reading(instance: Instance, value: float) -> None:
    answer = HTTP.request(
        "POST",
        instance.url("web", "/api/v1/readings"),
        json={
            "readings": [
                {
                    "sensor": "press-s1-temperature",
                    "at": datetime.now(UTC).isoformat(),
                    "value": value,
                }
            ]
        },
        headers={"Authorization": f"Bearer {instance.plant.token}"},
    )
    assert answer.status == 202, answer.data


def test_a_stranger_hears_nothing(shared: Instance) -> None:
    answer = HTTP.request("GET", shared.url("live", "/live/board?plant=north"))

    assert answer.status == 401


def test_a_page_gets_a_snapshot_and_then_what_changes(shared: Instance) -> None:
    stream = Stream(shared, "/live/board?plant=north", cookie(shared))
    snapshot = stream.next()
    send_reading(shared, 42.0)
    tiles: dict[str, Any] = {}
    # A drain that has just started tells of every line once.
    while tiles.get("press", {}).get("state") in (None, "unknown"):
        changes = stream.next("changes")["data"]
        tiles |= {tile["line"]: tile for tile in changes["tiles"]}
    stream.close()

    assert snapshot["event"] == "snapshot"
    assert [tile["line"] for tile in snapshot["data"]["tiles"]] == ["press", "weld"]
    assert snapshot["data"]["tiles"][1]["state"] == "unknown"
    assert tiles["press"]["state"] == "stopped"


def test_a_line_page_hears_its_sensors(shared: Instance) -> None:
    stream = Stream(shared, "/live/lines/press", cookie(shared))
    stream.next("snapshot")
    send_reading(shared, 95.5)
    readings: dict[str, Any] = {}
    while not readings:
        readings = stream.next("changes")["data"]["readings"]

    assert readings["press-s1-temperature"]["value"] == 95.5
    assert readings["press-s1-temperature"]["breach"] == "high"
    stream.close()


def test_a_page_that_returns_hears_what_it_missed(shared: Instance) -> None:
    who = cookie(shared)
    stream = Stream(shared, "/live/lines/press", who)
    last = stream.next("snapshot")["id"]
    stream.close()
    send_reading(shared, 20.0)
    send_reading(shared, 30.0)
    again = Stream(shared, "/live/lines/press", who, **{"Last-Event-ID": last})
    names = set()
    value = None
    while value != 30.0:
        event = again.next()
        names.add(event["event"])
        readings = event["data"].get("readings", {})
        value = readings.get("press-s1-temperature", {}).get("value")

    assert names <= {"changes", "beat"}
    again.close()


@pytest.mark.parametrize(
    ("last", "expected"),
    [("unknown-7", ["reset", "snapshot"]), ("nonsense", ["snapshot"])],
)
def test_a_page_whose_place_is_not_known_reads_afresh(
    shared: Instance, last: str, expected: list[str]
) -> None:
    who = cookie(shared)
    stream = Stream(shared, "/live/board?plant=north", who, **{"Last-Event-ID": last})

    assert [stream.next()["event"] for _ in expected] == expected
    stream.close()


def test_a_page_reads_afresh_when_lines_came_or_went_even_while_it_was_away(
    shared: Instance,
) -> None:
    who = cookie(shared)
    stream = Stream(shared, "/live/board?plant=north", who)
    last = stream.next("snapshot")["id"]
    shared.parts.announcer.announce("board:north", board.LINES_CHANGED, "", {})
    stream.next("reset")
    heard = stream.next()["event"]
    stream.close()
    again = Stream(shared, "/live/board?plant=north", who, **{"Last-Event-ID": last})

    assert heard == "snapshot"
    assert [again.next()["event"] for _ in range(2)] == ["reset", "snapshot"]
    again.close()


def test_a_wiped_cache_makes_pages_read_afresh(shared: Instance) -> None:
    stream = Stream(shared, "/live/board?plant=north", cookie(shared))
    stream.next("snapshot")
    send_reading(shared, 20.0)
    stream.next("changes")
    time.sleep(SWEEP_SECONDS + 1)  # nothing else is on its way
    shared.parts.redis.delete("channel:{board:north}:at", "channel:{board:north}:said")
    send_reading(shared, 30.0)

    assert stream.next("reset")
    assert stream.next()["event"] == "snapshot"
    stream.close()


def test_an_unknown_plant_is_not_found(shared: Instance) -> None:
    who = cookie(shared)
    for path in ("/live/board?plant=nowhere", "/live/lines/nowhere", "/live/board"):
        answer = HTTP.request("GET", shared.url("live", path), headers={"Cookie": who})

        assert answer.status == 404


def test_what_cannot_be_read_ends_the_stream_rather_than_being_passed_over(
    shared: Instance,
) -> None:
    who = cookie(shared)
    stream = Stream(shared, "/live/board?plant=north", who)
    stream.next("snapshot")
    shared.parts.redis.publish("board:north", "ab-1 {broken")
    with pytest.raises(pytest.fail.Exception):
        stream.next("never")
    again = Stream(shared, "/live/board?plant=north", who)

    assert again.next("snapshot")


def test_a_place_that_is_no_number_of_ours_is_no_place(shared: Instance) -> None:
    who = cookie(shared)
    last = "none-" + "9" * 5000
    stream = Stream(shared, "/live/board?plant=north", who, **{"Last-Event-ID": last})

    assert stream.next("snapshot")


def test_the_process_ends_within_five_seconds_though_pages_listen(instance: Instance) -> None:
    instance.start("web", "live")
    who = cookie(instance)
    streams = [Stream(instance, "/live/board?plant=north", who) for _ in range(20)]
    for stream in streams:
        stream.next("snapshot")
    seconds = instance.stop("live")

    assert seconds < 5
    assert [stream.next()["event"] for stream in streams] == ["bye"] * 20


def test_streams_end_and_are_refused_while_the_cache_is_away(instance: Instance) -> None:
    instance.start("web", "live")
    who = cookie(instance)
    stream = Stream(instance, "/live/board?plant=north", who)
    stream.next("snapshot")
    instance.valkey.stop()
    with pytest.raises(pytest.fail.Exception):
        stream.next("never")
    refused = HTTP.request(
        "GET", instance.url("live", "/live/board?plant=north"), headers={"Cookie": who}
    )
    instance.valkey.start()

    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    until(lambda: listens_again(instance, who))


def listens_again(instance: Instance, who: str) -> bool:
    answer = HTTP.request(
        "GET",
        instance.url("live", "/live/board?plant=north"),
        headers={"Cookie": who},
        preload_content=False,
    )
    answer.close()
    answer.release_conn()
    return answer.status == 200
