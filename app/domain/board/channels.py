"""The names of the channels on which a board and a line are announced."""

# Announced on a board when lines came or went: who shows it reads the whole anew.
LINES_CHANGED = "lines"


def board_channel(plant: str) -> str:
    return f"board:{plant}"


def line_channel(line: str) -> str:
    return f"line:{line}"
