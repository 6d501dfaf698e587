"""The steps that must be one step, as scripts of the server, whose clock alone counts.

A session is a HASH: a field for each of its keys, and reserved ones: `!a` the moment it ends at the
latest, `!c` when it began, `!s` when it was last seen (ms since 1970), `!u` its user, `!e` the
user's epoch it belongs to, `!n` the nonce of its last save
and `!i` of its last count. A hash without `!a` is no session. `!t`
alone is a tombstone: the session has ended, and nobody may write it anew. Who listens on the
channel hears the name of each that somebody ended; one that only moved to a new id has not.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import NoScriptError

from app.sessions.trips import together

Client = Redis | RedisCluster

_ENTOMB = """
local function entomb(name, milliseconds)
  redis.call('DEL', name)
  redis.call('HSET', name, '!t', 1)
  redis.call('PEXPIRE', name, milliseconds)
end
"""

# Keys: session, epoch. «ended» where somebody ended it, «expired» by the clock, else «missing».
# Lua takes «inf» and «nan» for numbers; a moment is digits.
_JUDGE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms(number) return string.format('%.0f', number) end
local function moment(text) return text and string.match(text, '^%d+$') and tonumber(text) end
local function judge(ended, deadline, seen, epoch, user, idle)
  deadline, seen = moment(deadline), moment(seen)
  if ended then return 'ended' end
  if not deadline or not seen then return 'missing' end
  if now >= deadline or now - seen >= idle then return 'expired' end
  if user and (redis.call('GET', KEYS[2]) or '0') ~= epoch then return 'ended' end
  return 'live', deadline, seen
end
"""

# Keys: session, epoch. Idle. That it was seen, if it still is a session.
TOUCH = (
    _JUDGE
    + """
local ended, deadline, seen, epoch, user = unpack(
  redis.call('HMGET', KEYS[1], '!t', '!a', '!s', '!e', '!u')
)
local is, deadline = judge(ended, deadline, seen, epoch, user, tonumber(ARGV[1]))
if is ~= 'live' then return end
redis.call('HSET', KEYS[1], '!s', ms(now))
if not user then redis.call('PEXPIRE', KEYS[1], math.min(ARGV[1], deadline - now)) end
"""
)

# Keys: session, epoch, index, and in the same slot the session that it replaces, if there is one.
# ARGV: what is asked (msgpack, of numbers and texts alone: cmsgpack reads no binaries); the user
# (empty: nobody); the number of fields to set, each with its value and the bytes it was read as
# (empty: it was not read); the fields to remove.
# Who has looked says how many fields and bytes there are beside: a third of the time is spared.
# «change» writes to a session that is there. «move» does the same to the one it replaces, and gives
# it the new name: what others wrote to it meanwhile comes along, and one that ended does not. «new»
# begins one, with nothing of the one it replaces; of more than a user may have the oldest ends, and
# that may be one that was to be recovered.
SAVE = (
    _JUDGE
    + _ENTOMB
    + """
local asked = cmsgpack.unpack(ARGV[1])
local key, source, digest = KEYS[1], KEYS[1], asked.digest
if asked.kind == 'move' then source = KEYS[4] end
local stem = string.sub(key, 1, #key - #digest)

local before = redis.pcall('HGET', key, '!n')
if before == asked.nonce then return {'saved'} end
local was = redis.pcall('HMGET', source, '!t', '!a', '!s', '!e', '!u')
if was.err then return {'missing'} end
local ended, deadline, seen, epoch, user = unpack(was)
if asked.kind == 'new' then
  if ended then return {'ended'} end
  if redis.call('EXISTS', key) == 1 then return {'taken'} end
  deadline, user = asked.deadline, ARGV[2] ~= '' and ARGV[2]
  if deadline == 0 then deadline = now + asked.absolute end
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  local is_full = asked.per_user > 0 and redis.call('ZCARD', KEYS[3]) >= asked.per_user
  if user and is_full and tonumber(oldest[2]) > deadline then return {'ended'} end
else
  local is
  is, deadline = judge(ended, deadline, seen, epoch, user, asked.idle)
  if is ~= 'live' then return {is} end
end

local set, touched, differing = {}, {}, {'differs'}
local fields, bytes, last = asked.fields, asked.bytes, 3 + 3 * ARGV[3]
for i = 4, last, 3 do
  local field, value, read = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if read ~= '' then
    local held = redis.call('HGET', source, field) or string.char(193)
    if held ~= read then
      differing[#differing + 1] = field; differing[#differing + 1] = held
    end
  end
  set[#set + 1] = field; set[#set + 1] = value
  touched[field] = true; fields = fields + 1; bytes = bytes + #value
end
if #differing > 1 then return differing end
if not asked.looked then
  for i = last + 1, #ARGV do touched[ARGV[i]] = true end
  local held = redis.call('HGETALL', source)
  for i = 1, #held, 2 do
    if string.byte(held[i]) ~= 33 and not touched[held[i]] then
      fields = fields + 1; bytes = bytes + #held[i + 1]
    end
  end
end
if fields > asked.most_fields or bytes > asked.most_bytes then return {'large', fields, bytes} end

if asked.kind == 'move' then redis.call('RENAME', source, key) end
if asked.kind == 'new' then
  set[#set + 1] = '!a'; set[#set + 1] = ms(deadline)
  set[#set + 1] = '!c'; set[#set + 1] = ms(now)
  if user then
    set[#set + 1] = '!u'; set[#set + 1] = user
    set[#set + 1] = '!e'; set[#set + 1] = redis.call('GET', KEYS[2]) or '0'
  end
end
if KEYS[4] then
  entomb(KEYS[4], asked.tombstone)
  redis.call('ZREM', KEYS[3], string.sub(KEYS[4], #stem + 1))
end
if user and asked.kind ~= 'change' then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  while asked.per_user > 0 and redis.call('ZCARD', KEYS[3]) >= asked.per_user do
    local oldest = redis.call('ZPOPMIN', KEYS[3])[1]
    entomb(stem .. oldest, asked.tombstone)
    redis.call('PUBLISH', asked.channel, asked.tag .. ':' .. oldest)
  end
  redis.call('ZADD', KEYS[3], deadline, digest)
  for _, kept in ipairs({KEYS[2], KEYS[3]}) do
    local after = deadline + asked.tombstone
    if redis.call('PTTL', kept) < after - now then redis.call('PEXPIREAT', kept, ms(after)) end
  end
end
set[#set + 1] = '!n'; set[#set + 1] = asked.nonce
set[#set + 1] = '!s'; set[#set + 1] = ms(now)
redis.call('HSET', key, unpack(set))
for i = last + 1, #ARGV do redis.call('HDEL', key, ARGV[i]) end
if not user then redis.call('PEXPIRE', key, math.min(asked.idle, deadline - now))
elseif asked.kind == 'new' then redis.call('PEXPIREAT', key, ms(deadline)) end
return {'saved'}
"""
)

# Keys: session, epoch. Idle, field, by how much, nonce. The new count, the same one for the same
# nonce: an answer that was lost is asked for again. Nothing where the session is none.
INCREASE = (
    _JUDGE
    + """
local was = redis.pcall('HMGET', KEYS[1], '!t', '!a', '!s', '!e', '!u', ARGV[2], '!i')
if was.err then return {'missing'} end
local ended, deadline, seen, epoch, user, held, counted = unpack(was)
local is = judge(ended, deadline, seen, epoch, user, tonumber(ARGV[1]))
if is ~= 'live' then return {is} end
local readable, count = pcall(cmsgpack.unpack, held or string.char(0))
if not readable or type(count) ~= 'number' then return {'no number'} end
count = count + tonumber(ARGV[3])
if counted == ARGV[4] then return {'saved', ms(count - tonumber(ARGV[3]))} end
redis.call('HSET', KEYS[1], ARGV[2], cmsgpack.pack(count), '!i', ARGV[4])
return {'saved', ms(count)}
"""
)

# Keys: session, index. Digest, how long the tombstone stands (longer than any request), channel,
# tag.
END = (
    _ENTOMB
    + """
redis.call('ZREM', KEYS[2], ARGV[1])
entomb(KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4] .. ':' .. ARGV[1])
"""
)

# Keys: epoch, index. The new epoch, how long any session may still live, the stem of the sessions'
# keys, a digest to keep, the tombstones' time, channel, tag. What is restored from before names
# another epoch.
END_ALL = (
    _ENTOMB
    + """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local digests = redis.call('ZRANGE', KEYS[2], 0, -1)
for _, digest in ipairs(digests) do
  local session = ARGV[3] .. digest
  if digest == ARGV[4] and redis.call('HEXISTS', session, '!a') == 1 then
    redis.call('HSET', session, '!e', ARGV[1])
  else
    redis.call('ZREM', KEYS[2], digest)
    entomb(session, ARGV[5])
    redis.call('PUBLISH', ARGV[6], ARGV[7] .. ':' .. digest)
  end
end
"""
)

# Keys: index, epoch. The stem of the sessions' keys, idle. Digest, began, not seen for, deadline.
LIST = (
    _JUDGE
    + """
local live = {}
for _, digest in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local began, ended, deadline, seen, epoch = unpack(
    redis.call('HMGET', ARGV[1] .. digest, '!c', '!t', '!a', '!s', '!e')
  )
  local is
  is, deadline, seen = judge(ended, deadline, seen, epoch, true, tonumber(ARGV[2]))
  if is == 'live' and moment(began) then
    live[#live + 1] = {digest, began, ms(now - seen), ms(deadline)}
  end
end
return live
"""
)

_SHA = {
    script: hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
    for script in (TOUCH, SAVE, INCREASE, END, END_ALL, LIST)
}


def run(client: Client, script: str, keys: Sequence[str], *arguments: bytes | str | int) -> Any:  # noqa: ANN401 (what a script answers)
    """Run a script, which a server that was restarted or promoted may have to be told anew."""
    if isinstance(client, RedisCluster):
        try:
            return client.evalsha(_SHA[script], len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(script, len(keys), *keys, *arguments)
    (reply,) = together(client, keys[0], ("EVALSHA", _SHA[script], len(keys), *keys, *arguments))
    if isinstance(reply, NoScriptError):
        (reply,) = together(client, keys[0], ("EVAL", script, len(keys), *keys, *arguments))
    if isinstance(reply, Exception):
        raise reply
    return reply


async def touch_async(client: Any, keys: Sequence[str], idle: int) -> None:  # noqa: ANN401 (redis-py's own types)
    """`TOUCH` for asyncio."""
    try:
        await client.evalsha(_SHA[TOUCH], len(keys), *keys, idle)
    except NoScriptError:
        await client.eval(TOUCH, len(keys), *keys, idle)
