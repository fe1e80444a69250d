-- Looks whether all of the directory is there.
-- KEYS: the number given last, the set of namespaces, the main key of a shard that was there before this directory was, the hash of
--   experiments of each namespace. ARGV: the namespaces

local former = redis.call('GET', KEYS[3])
if former then return redis.error_reply('DAMAGED ' .. former .. ' directory') end
if #ARGV > 0 and redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
for at = 1, #ARGV do
  if redis.call('EXISTS', KEYS[at + 3]) == 0 and redis.call('SISMEMBER', KEYS[2], ARGV[at]) == 1 then
    return redis.error_reply('DAMAGED ' .. KEYS[at + 3])
  end
end
return 1
