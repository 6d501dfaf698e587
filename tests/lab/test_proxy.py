"""A proxy that loses power: all of it."""

from pathlib import Path

import pytest
import urllib3

from lab.engines import free_port
from lab.nginx import Nginx
from tests.deployment.proxied import need_nginx


def test_a_killed_nginx_leaves_no_worker_that_goes_on_serving(tmp_path: Path) -> None:
    need_nginx()
    nginx = Nginx(tmp_path, web=free_port(), live=free_port()).start()
    before = urllib3.request("GET", nginx.url("/nothing"), retries=False).status
    nginx.kill()

    assert before == 502
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", nginx.url("/nothing"), retries=False, timeout=2)
