"""Figure: announcing a tile, against a PUBLISH of the same bytes."""

from datetime import UTC, datetime

import msgspec

from app.domain import board
from benchmarks.instance import PLANT, Instance
from benchmarks.rounds import Compared, in_turns, rate

TIMES = 300
CHANNEL = "bench:announcing"

MEANS = (
    "`Announcer.announce` of one tile of the board: written as JSON, numbered, kept among the last "
    "300 and published, in one script; against a PUBLISH of the JSON. Nobody listens on either "
    "side. The drain announces many tiles in one round trip, which is cheaper a tile than this."
)


def compare(instance: Instance) -> Compared:
    parts = instance.parts
    with parts.database.transaction() as session:
        tile = board.tiles(session, now=datetime.now(UTC), plant=PLANT)[0]
    words = msgspec.json.encode({"event": "tile", "key": tile.line, "facts": tile})

    def ours() -> None:
        parts.announcer.announce(CHANNEL, "tile", tile.line, tile)

    def bare() -> None:
        parts.redis.publish(CHANNEL, words)

    compared = in_turns(lambda: rate(ours, times=TIMES), lambda: rate(bare, times=TIMES))
    return Compared("announcing a tile", "tiles/s", MEANS, *compared, "PUBLISH")
