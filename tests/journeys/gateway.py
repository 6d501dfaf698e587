"""The gateway whose news people see."""

import uuid
from datetime import UTC, datetime, timedelta

import urllib3


class Gateway:
    """Sends what the floor measures and makes; returns once it was taken, with a 202."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._http = urllib3.PoolManager()

    def reading(self, sensor: str, *values: float) -> None:
        """The values of a sensor, a second apart, the last of them measured now."""
        now = datetime.now(UTC)
        moments = [now - timedelta(seconds=back) for back in reversed(range(len(values)))]
        self._post(
            "readings",
            [
                {"sensor": sensor, "at": at.isoformat(), "value": value}
                for at, value in zip(moments, values, strict=True)
            ],
        )

    def output(
        self,
        line: str,
        *,
        good: int,
        scrap: int = 0,
        operator: str | None = None,
        ago: timedelta = timedelta(),
    ) -> None:
        """Pieces made just now, or so long ago, by somebody if named."""
        at = (datetime.now(UTC) - ago).isoformat()
        item = {"id": str(uuid.uuid4()), "line": line, "at": at, "good": good, "scrap": scrap}
        item |= {"operator": operator} if operator else {}
        self._post("output", [item])

    def close(self) -> None:
        self._http.clear()

    def _post(self, kind: str, items: list[dict[str, object]]) -> None:
        answer = self._http.request(
            "POST",
            f"{self._url}/api/v1/{kind}",
            json={kind: items},
            headers={"Authorization": f"Bearer {self._token}"},
        )
        assert answer.status == 202, answer.data
