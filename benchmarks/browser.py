"""What a browser does that matters here: it signs in, and finds where the live process is."""

import html
import re
from http import HTTPStatus
from urllib.parse import urljoin

import urllib3


class NotLetIn(Exception):
    """The page did not come, or not as it should look."""


def sign_in(url: str, username: str, password: str) -> str:
    """Sign in by the form, and give the cookies."""
    browser = urllib3.PoolManager(timeout=10)
    form = browser.request("GET", f"{url}/sign-in")
    token = _found(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    answer = browser.request(
        "POST",
        f"{url}/sign-in",
        fields={"username": username, "password": password, "csrf_token": token},
        headers={"Cookie": _cookie(form)},
        encode_multipart=False,
        redirect=False,
    )
    if answer.status != HTTPStatus.SEE_OTHER:
        raise NotLetIn(f"signing in as {username} was answered with {answer.status}")
    return _cookie(answer)


def stream_of_board(url: str, cookie: str, plant: str) -> str:
    """The URL of the board's event stream, as the page names it."""
    page = urllib3.request(
        "GET", f"{url}/?plant={plant}", headers={"Cookie": cookie}, redirect=False, timeout=10
    )
    return urljoin(url, html.unescape(_found(r'data-live="([^"]+)"', page)))


def _cookie(answer: urllib3.BaseHTTPResponse) -> str:
    """All that were set, as a browser sends them back."""
    return "; ".join(each.split(";")[0] for each in answer.headers.getlist("Set-Cookie"))


def _found(pattern: str, page: urllib3.BaseHTTPResponse) -> str:
    found = re.search(pattern, page.data.decode())
    if found is None:
        raise NotLetIn(f"{page.url} was answered with {page.status}, and without what we look for")
    return found[1]
