"""All queries of the application, by name."""

import sys

from app.cache import Query


def known_queries() -> dict[str, Query]:
    """Those of the rooms that are loaded."""
    rooms = [module for name, module in sys.modules.items() if name.startswith("app.domain.")]
    found = (one for room in rooms for one in vars(room).values() if isinstance(one, Query))
    return {query.policy.name: query for query in found}
