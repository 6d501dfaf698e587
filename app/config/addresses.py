"""Where the caches and the database are, and who signs in there with tokens."""

import re
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import quote, unquote, urlsplit

from app.config.reading import Reading

_SERVER_SCHEMES = ("valkey", "valkeys", "redis", "rediss")
_TLS_SCHEMES = ("valkeys", "rediss")
CLUSTER = "+cluster"
CACHE_SCHEMES = (*_SERVER_SCHEMES, *(scheme + CLUSTER for scheme in _SERVER_SCHEMES))
QUERY_CACHE_SCHEMES = (
    *CACHE_SCHEMES,
    *("memcached", "memcached+discovery", "memcacheds", "memcacheds+discovery"),
)
AWAY = ("owe", "refuse", "fence")

Away = Literal["owe", "refuse", "fence"]

# As AWS's ARNs end, and at most as long as its names are.
_IAM = re.compile(r"(replicationgroup|serverlesscache):([A-Za-z][A-Za-z0-9-]{0,39})")


@dataclass(frozen=True, slots=True, kw_only=True)
class IamUser:
    """A user of an ElastiCache cache, who signs in with tokens instead of a password."""

    name: str
    cache: str
    is_serverless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheAddress:
    """Where a cache is; the URL says nothing of a user who signs in with tokens."""

    url: str
    user: IamUser | None


def cache_address(read: Reading) -> CacheAddress:
    return _address(read, "CACHE_URL", "CACHE_IAM", read.required("CACHE_URL"), CACHE_SCHEMES)


def query_cache_address(read: Reading) -> CacheAddress:
    """With an empty URL where answers are kept beside all else."""
    names = ("QUERY_CACHE_URL", "QUERY_CACHE_IAM")
    return _address(read, *names, read.optional("QUERY_CACHE_URL"), QUERY_CACHE_SCHEMES)


def away(read: Reading) -> Away:
    value = read.one_of("QUERY_CACHE_AWAY", AWAY)
    url = read.optional("QUERY_CACHE_URL") or read.optional("CACHE_URL")
    if value == "fence" and ("cluster=true" in _spelled(url) or url.startswith("memcached")):
        read.complain("QUERY_CACHE_AWAY=fence wants one Valkey or Redis server")
    return cast("Away", value)


def database_url(read: Reading, *, with_password: bool) -> str:
    """`DATABASE_URL`, or the `RDS_*` variables that Elastic Beanstalk sets."""
    if read.optional("RDS_HOSTNAME") and not read.optional("DATABASE_URL"):
        user = quote(read.required("RDS_USERNAME"))
        if with_password:
            user += f":{quote(read.required('RDS_PASSWORD'), safe='')}"
        names = ("RDS_HOSTNAME", "RDS_PORT", "RDS_DB_NAME")
        host, port, database = (read.required(name) for name in names)
        return f"postgresql://{user}@{host}:{port}/{database}"
    value = read.required("DATABASE_URL")
    parts = urlsplit(value)
    if value and parts.scheme not in ("postgresql", "postgres"):
        read.complain("DATABASE_URL does not begin with postgresql://")
    if value and not with_password and not (parts.username and parts.hostname):
        read.complain("DATABASE_IAM wants a user and a host in DATABASE_URL")
    return value.replace("postgres://", "postgresql://", 1)


def _address(
    read: Reading, url_name: str, iam_name: str, value: str, schemes: tuple[str, ...]
) -> CacheAddress:
    if value and urlsplit(value).scheme not in schemes:
        read.complain(f"{url_name} begins with none of {'://, '.join(schemes)}://")
    url = _spelled(value)
    iam = read.optional(iam_name)
    if not iam:
        return CacheAddress(url=url, user=None)
    parts = urlsplit(url)
    if parts.scheme not in _TLS_SCHEMES:
        read.complain(f"{iam_name} wants TLS, so valkeys:// or rediss:// in {url_name}")
    if not parts.username or parts.password is not None:
        read.complain(f"{iam_name} wants a user in {url_name}, and no password")
    found = _IAM.fullmatch(iam)
    if found is None:
        read.complain(f"{iam_name} is neither replicationgroup:<id> nor serverlesscache:<name>")
        return CacheAddress(url=url, user=None)
    return CacheAddress(
        url=parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        user=IamUser(
            name=unquote(parts.username or ""),
            cache=found[2],
            is_serverless=found[1] == "serverlesscache",
        ),
    )


def _spelled(url: str) -> str:
    """The URL with a cluster said where the drivers look for it.

    Elastic Beanstalk allows neither `?` nor `&` in a property: there it is said by the scheme.
    """
    scheme, found, rest = url.partition(f"{CLUSTER}://")
    if not found or scheme not in _SERVER_SCHEMES:
        return url
    return f"{scheme}://{rest}{'&' if '?' in rest else '?'}cluster=true"
