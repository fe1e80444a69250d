-- The namespaces that have experiments, after an empty one: the set is there as long as the store is.
-- KEYS: the set of namespaces, the store's mark

local names = redis.call('SMEMBERS', KEYS[1])
if #names == 0 and redis.call('EXISTS', KEYS[2]) == 1 then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
return names
