"""What is filled by who changes how the plant is laid out."""

from app.domain.board.plan import ALL_LINES, LINE, LINES_OF_PLANT, PLANTS, SOME_LINES
from app.domain.board.stations import STATIONS


def expect(plant: str, *, line_id: int | None = None, line: str | None = None) -> None:
    """Of this plant and line the commit that follows fills what it changes, asked before or not."""
    PLANTS.expect()
    ALL_LINES.expect()
    LINES_OF_PLANT.expect(plant=plant)
    if line_id is not None:
        SOME_LINES.expect(lines=(line_id,))
        STATIONS.expect(line=line_id)
        LINE.expect(slug=line)
