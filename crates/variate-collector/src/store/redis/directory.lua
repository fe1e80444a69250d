-- Puts an experiment into the directory, changes it there, or takes it out, if it is as the caller knows it.
--
-- KEYS: the set of namespaces, the namespace's hash of experiments, the hash of what is to be removed, the store's mark
-- ARGV: namespace, name, the entry as the caller knows it (empty: none), the new one (empty: none),
--   most namespaces, most experiments, a number to be removed (empty: none), what it was, the mark as the caller knows it
-- Answers `done`, `namespaces` or `experiments` if there are too many of them, `changed`, or `another` if the store is.
-- (The server lost the one that the caller knows, and somebody began it anew.)

local namespace, name, known, new = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('GET', KEYS[4]) ~= ARGV[9] then return 'another' end
if (redis.call('HGET', KEYS[2], name) or '') ~= known then return 'changed' end
-- Made anew with one namespace in it, it would look whole, and the others would be forgotten.
local is_listed = redis.call('EXISTS', KEYS[1]) == 1
if known == '' and new ~= '' then
  local count = redis.call('HLEN', KEYS[2])
  if count >= tonumber(ARGV[6]) then return 'experiments' end
  if count == 0 then
    -- Nobody knows whether there was one of this name, or, where it is listed, what it had.
    if not is_listed then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
    if redis.call('SISMEMBER', KEYS[1], namespace) == 1 then return redis.error_reply('DAMAGED ' .. KEYS[2]) end
    -- The empty one is none.
    if redis.call('SCARD', KEYS[1]) - 1 >= tonumber(ARGV[5]) then return 'namespaces' end
  end
end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[3], ARGV[7], ARGV[8]) end
if new ~= '' then
  redis.call('HSET', KEYS[2], name, new)
  if is_listed then redis.call('SADD', KEYS[1], namespace) end
else
  redis.call('HDEL', KEYS[2], name)
  if redis.call('HLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[1], namespace) end
end
return 'done'
