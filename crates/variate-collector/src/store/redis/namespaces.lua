-- Looks whether the directory is there, and answers the namespaces of which the experiments are lost, after an empty one if the set of
-- namespaces is there: without it nobody knows which there are.
-- KEYS: the number given last, the set of namespaces, the main key of a shard that was there before this directory was, the hash of
--   experiments of each namespace. ARGV: the namespaces

local former = redis.call('GET', KEYS[3])
if former then return redis.error_reply('DAMAGED ' .. former .. ' directory') end
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
local lost = {''}
for at = 1, #ARGV do
  if redis.call('EXISTS', KEYS[at + 3]) == 0 and redis.call('SISMEMBER', KEYS[2], ARGV[at]) == 1 then
    lost[#lost + 1] = ARGV[at]
  end
end
return lost
