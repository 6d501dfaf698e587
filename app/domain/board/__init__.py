"""The board: one tile a line, with what it does, since when, and how far it got."""

from app.domain.board.alerts import OpenAlert
from app.domain.board.channels import LINES_CHANGED, board_channel, line_channel
from app.domain.board.expecting import expect
from app.domain.board.plan import find_line, planned_at, plants
from app.domain.board.states import UNKNOWN_AFTER, Signals, State, derive
from app.domain.board.stations import (
    SensorValue,
    SensorView,
    StationView,
    sensor_values,
    station_views,
)
from app.domain.board.tiles import OpenCall, Tile, judge, tiles

__all__ = [
    "LINES_CHANGED",
    "UNKNOWN_AFTER",
    "OpenAlert",
    "OpenCall",
    "SensorValue",
    "SensorView",
    "Signals",
    "State",
    "StationView",
    "Tile",
    "board_channel",
    "derive",
    "expect",
    "find_line",
    "judge",
    "line_channel",
    "planned_at",
    "plants",
    "sensor_values",
    "station_views",
    "tiles",
]
