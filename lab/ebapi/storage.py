"""S3, path style: objects that are put, got and listed; no parts, no versions."""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from werkzeug import Request, Response

from lab.ebapi.query import Refusal, write

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True, slots=True)
class Stored:
    path: Path
    etag: str
    at: datetime


class Storage:
    """Buckets whose objects are files of a folder, under names of ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buckets: dict[str, dict[str, Stored]] = {}
        self._numbers = itertools.count(1)

    def make(self, bucket: str) -> str:
        """The bucket, made unless it exists."""
        self._buckets.setdefault(bucket, {})
        return bucket

    def find(self, bucket: str, key: str) -> Path:
        """The file of an object, or the refusal that S3 gives."""
        return self._stored(bucket, key).path

    def answer(self, request: Request) -> Response:
        bucket, _, key = request.path.removeprefix("/").partition("/")
        # A query on an object asks for one of its many parts and properties; we have none.
        doing = (request.method, bool(key), bool(key) and bool(request.args))
        match doing:
            case ("PUT", True, False):
                return self._put(bucket, key, request)
            case ("GET" | "HEAD", True, False):
                return self._get(bucket, key)
            case ("GET", False, _) if bucket:
                return self._list(bucket, request.args.get("prefix", ""))
            case _:
                asked = f"{request.method} {request.full_path}"
                raise Refusal("NotImplemented", f"{asked} is not part of this stand-in", status=501)

    def _objects(self, bucket: str) -> dict[str, Stored]:
        if bucket not in self._buckets:
            raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
        return self._buckets[bucket]

    def _stored(self, bucket: str, key: str) -> Stored:
        objects = self._objects(bucket)
        if key not in objects:
            raise Refusal("NoSuchKey", "The specified key does not exist.", status=404)
        return objects[key]

    def _put(self, bucket: str, key: str, request: Request) -> Response:
        objects = self._objects(bucket)
        if "aws-chunked" in request.headers.get("Content-Encoding", ""):
            raise Refusal("NotImplemented", "aws-chunked is for TLS, and this is none", status=501)
        content = request.get_data()
        path = self._folder / f"{next(self._numbers)}{Path(key).suffix}"
        path.write_bytes(content)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        objects[key] = Stored(path, etag, datetime.now(UTC))
        return Response(headers={"ETag": f'"{etag}"'})

    def _get(self, bucket: str, key: str) -> Response:
        stored = self._stored(bucket, key)
        return Response(stored.path.read_bytes(), headers={"ETag": f'"{stored.etag}"'})

    def _list(self, bucket: str, prefix: str) -> Response:
        root = ET.Element("ListBucketResult", xmlns=NAMESPACE)
        write(root, "Name", bucket)
        write(root, "Prefix", prefix)
        write(root, "IsTruncated", value=False)
        for key, stored in sorted(self._objects(bucket).items()):
            if key.startswith(prefix):
                size = stored.path.stat().st_size
                about = {"Key": key, "LastModified": stored.at, "ETag": stored.etag, "Size": size}
                write(root, "Contents", about)
        return Response(ET.tostring(root), mimetype="application/xml")


def refusal(refused: Refusal, *, request_id: str) -> bytes:
    """S3's own error shape, which is not that of the query protocol."""
    root = ET.Element("Error")
    said = {"Code": refused.code, "Message": str(refused), "RequestId": request_id}
    for name, value in said.items():
        write(root, name, value)
    return ET.tostring(root)
