"""`make eb-client`: whether the real `eb` deploys this project as the documentation says."""

import sys
import tempfile
from pathlib import Path

from lab.ebapi.client import Client, ClientMissing
from lab.ebapi.proof import Proof, Recorded
from lab.ebapi.server import Api


def main() -> int:
    """Print every claim; 0 where all hold, 1 where one does not."""
    environment = Recorded()
    with tempfile.TemporaryDirectory(prefix="andon-eb-") as name:
        folder = Path(name)
        storage = folder / "s3"
        storage.mkdir()
        try:
            with Api(environment, storage) as api:
                client = Client(folder, api.url)
                verdicts = list(Proof(client, api, environment).verdicts())
        except ClientMissing as reason:
            print(f"andon: {reason}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("andon: interrupted; everything is stopped", file=sys.stderr)
            return 1
    print(*verdicts, sep="\n")
    wrong = [verdict for verdict in verdicts if verdict.instead]
    print("The rest builds on it and was not tried." if wrong else f"All {len(verdicts)} hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
