"""The steps that must be one step, as scripts of the server.

Each takes its keys declared and in threes: token, writers, finished. A token that begins with `!`
is closed. Registrations have no TTL and so are never evicted under `volatile-*`; tokens have one
(ARGV `ttl`), longer than any answer's.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError

# Before COMMIT: register the transaction on each tag and close it.
CLOSE = """
for i = 1, #KEYS, 3 do
  redis.call('HSET', KEYS[i + 1], ARGV[1], ARGV[3])
  redis.call('SET', KEYS[i], '!' .. ARGV[2], 'EX', ARGV[4])
end
"""

# After COMMIT: a fresh token, open if nobody else is registered. A registration that is gone, and
# that nobody took over, was lost by the server: then 1, and the caller closes the epoch.
FINISH = """
local lost = 0
for i = 1, #KEYS, 3 do
  local mine = redis.call('HDEL', KEYS[i + 1], ARGV[1])
  if mine == 1 then
    local closed = redis.call('EXISTS', KEYS[i + 1]) == 1 and '!' or ''
    redis.call('SET', KEYS[i], closed .. ARGV[2], 'EX', ARGV[3])
  elseif redis.call('DEL', KEYS[i + 2]) == 0 then
    lost = 1
  end
end
return lost
"""

# In a dead writer's stead, once the database has decided: as FINISH, and a note for the writer, in
# case it was only slow.
SETTLE = """
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('SET', KEYS[3], 1, 'EX', ARGV[3])
local closed = redis.call('EXISTS', KEYS[2]) == 1 and '!' or ''
redis.call('SET', KEYS[1], closed .. ARGV[2], 'EX', ARGV[3])
return 1
"""

# A reader found no token: mint one, closed if writers are registered. Keys in twos.
MINT = """
local tokens = {}
for i = 1, #KEYS, 2 do
  local token = redis.call('GET', KEYS[i])
  if not token then
    token = (redis.call('EXISTS', KEYS[i + 1]) == 1 and '!' or '') .. ARGV[1]
    redis.call('SET', KEYS[i], token, 'EX', ARGV[2])
  end
  tokens[#tokens + 1] = token
end
return tokens
"""

# Change a value only if it is still what the caller saw.
REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# Delete a value only if it is the caller's.
LAND = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

ALL = {
    "close": CLOSE,
    "finish": FINISH,
    "settle": SETTLE,
    "mint": MINT,
    "replace": REPLACE,
    "land": LAND,
}
_DIGESTS = {name: hashlib.sha1(source.encode()).hexdigest() for name, source in ALL.items()}  # noqa: S324 (the server's own name for it)


def run(client: Any, name: str, keys: Sequence[str], arguments: Sequence[object]) -> Any:  # noqa: ANN401 (any client, any answer)
    """Run a script by its digest; sent whole where the server has lost it, as a new one has."""
    try:
        return client.evalsha(_DIGESTS[name], len(keys), *keys, *arguments)
    except NoScriptError:
        return client.eval(ALL[name], len(keys), *keys, *arguments)
