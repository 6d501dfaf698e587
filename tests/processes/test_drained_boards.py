"""Boards of a whole instance, whose drain and cache are killed at work."""

from tests.leaderboards import floor
from tests.leaderboards.floor import expected, kept, land, piece, shown
from tests.processes.conftest import Instance, until


def test_boards_outlast_a_killed_drain_and_a_wiped_cache(instance: Instance) -> None:
    parts, plant = instance.parts, instance.plant
    floor.give_teams(parts)
    pieces = [
        piece(line, who, 1 + number % 3)
        for number in range(200)
        for line in ("press", "weld")
        for who in (*floor.TEAMS, None)
    ]
    for number in range(0, len(pieces), 4):
        land(parts, plant, *pieces[number : number + 8], source=f"gateway-{number % 5}")
    before = parts.landing.waiting()
    instance.start("drain")
    until(lambda: parts.landing.waiting() < before)
    instance.kill("drain")
    instance.start("drain")
    until(lambda: parts.landing.waiting() == 0)
    until(lambda: shown(parts, plant) == expected(plant, pieces))
    with instance.valkey.client() as administrator:
        administrator.flushall()
    until(lambda: shown(parts, plant) == expected(plant, pieces))

    assert kept(parts, plant) == expected(plant, pieces)
