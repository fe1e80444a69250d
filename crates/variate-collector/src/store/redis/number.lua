-- Gives a number that no experiment had; 0 if the store is not the one that the caller knows.
-- KEYS: the number given last, the main key of a shard that was there before this directory was, the store's mark
-- ARGV: the mark as the caller knows it

local former = redis.call('GET', KEYS[2])
if former then return redis.error_reply('DAMAGED ' .. former .. ' directory') end
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
-- It is there from the store's beginning.
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
return redis.call('INCR', KEYS[1])
