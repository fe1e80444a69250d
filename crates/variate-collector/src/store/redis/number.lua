-- Gives a number that no experiment had.
-- KEYS: the number given last, the set of namespaces, the hash of what is to be removed, the main key of a shard that was there before
--   this directory was

local former = redis.call('GET', KEYS[4])
if former then return redis.error_reply('DAMAGED ' .. former .. ' directory') end
if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 then
  return redis.error_reply('DAMAGED ' .. KEYS[1])
end
return redis.call('INCR', KEYS[1])
