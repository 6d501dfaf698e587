"""The names of the channels on which a board and a line are announced."""


def board_channel(plant: str) -> str:
    return f"board:{plant}"


def line_channel(line: str) -> str:
    return f"line:{line}"
