"""The steps that must be one step, as scripts of the server.

A mark is a hash: `epoch` names the source, `version` what of it is copied, `count` how many members
that is, `at` when it was last in step, `until` when it expires. Set and mark are two keys, and a
server that evicts or lost something may have one without the other: `count` tells.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError


class Script:
    """A script of the server, called by its digest; sent whole where the server does not know it.

    redis-py's own would load it on every node of a cluster, and fail where one of them is away.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = hashlib.sha1(source.encode()).hexdigest()  # noqa: S324 (the server's own name for it)

    def __call__(self, client: Any, keys: Sequence[str], *arguments: str | float) -> Any:  # noqa: ANN401 (any client, any answer)
        try:
            return client.evalsha(self._digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self._source, len(keys), *keys, *arguments)


# The set as its mark says it is, or nothing. KEYS: members, mark. ARGV: offset, limit, member,
# beside. Gives the mark; how many are better than the page's first, and the page; and of the
# member its score, how many are better and how many worse, how many stand before those around it,
# and how many are better than the first of them, and those.
LOOK = Script("""
local mark = redis.call('HMGET', KEYS[2], 'version', 'count', 'at')
local count = redis.call('ZCARD', KEYS[1])
if tonumber(mark[2]) ~= count then return false end
local function stretch(first, last)
  local found = {}
  if first <= last and first < count then
    found = redis.call('ZREVRANGE', KEYS[1], first, last, 'WITHSCORES')
  end
  local better = 0
  if found[2] then better = redis.call('ZCOUNT', KEYS[1], '(' .. found[2], '+inf') end
  return better, found
end
local offset = tonumber(ARGV[1])
local better, page = stretch(offset, offset + tonumber(ARGV[2]) - 1)
local seen = {count, mark[1], mark[3], better, page}
local position = ARGV[3] ~= '' and redis.call('ZREVRANK', KEYS[1], ARGV[3])
if position then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[3])
  local own = redis.call('ZCOUNT', KEYS[1], '(' .. score, '+inf')
  local first, above, around = position, own, {ARGV[3], score}
  if ARGV[4] ~= '0' then
    first = math.max(0, position - tonumber(ARGV[4]))
    above, around = stretch(first, position + tonumber(ARGV[4]))
  end
  seen[6] = {score, own, redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score), first, above, around}
end
return seen
""")

# From one version to another, if it is at the one. KEYS: members, mark. ARGV: epoch, from, to,
# at, then scores and members. Gives the version it is at, or nothing where there is no copy of this
# source.
APPLY = Script("""
local mark = redis.call('HMGET', KEYS[2], 'epoch', 'version', 'count', 'until')
if mark[1] ~= ARGV[1] or tonumber(mark[3]) ~= redis.call('ZCARD', KEYS[1]) then return false end
if mark[2] ~= ARGV[2] then return mark[2] end
if #ARGV > 4 then
  redis.call('ZADD', KEYS[1], unpack(ARGV, 5))
  if mark[4] ~= '' then redis.call('EXPIREAT', KEYS[1], mark[4]) end
end
redis.call('HSET', KEYS[2], 'version', ARGV[3], 'at', ARGV[4],
  'count', redis.call('ZCARD', KEYS[1]))
return ARGV[3]
""")

# More of a draft, as long as nobody else builds. KEYS: builder, draft. ARGV: token, how many
# milliseconds the builder may be silent, then scores and members.
FILL = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
""")

# The draft becomes the copy, if all of it is there. KEYS: members, mark, builder, draft. ARGV:
# token, count, epoch, version, at, until.
FINISH = Script("""
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
if redis.call('ZCARD', KEYS[4]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], 'count', ARGV[2], 'epoch', ARGV[3], 'version', ARGV[4],
  'at', ARGV[5], 'until', ARGV[6])
if ARGV[2] ~= '0' then
  redis.call('RENAME', KEYS[4], KEYS[1])
  redis.call('PERSIST', KEYS[1])
end
if ARGV[6] ~= '' then
  redis.call('EXPIREAT', KEYS[1], ARGV[6])
  redis.call('EXPIREAT', KEYS[2], ARGV[6])
end
redis.call('DEL', KEYS[3])
return 1
""")

# The builder gives up. KEYS: builder, draft. ARGV: token.
LEAVE = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('UNLINK', KEYS[2])
return 0
""")
