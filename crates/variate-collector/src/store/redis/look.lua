-- Reads an experiment's entry, or all of a namespace. The set of namespaces has those of which there are experiments, and no others:
-- where it is not so, one of the two keys was lost. It is there as long as the store is: where it was lost, the namespaces that have
-- experiments are read all the same, and of any other nobody knows whether there was one.
-- KEYS: the set of namespaces, the namespace's hash of experiments, the store's mark. ARGV: the namespace, the name (left out: all)

local call = redis.call
local found
if ARGV[2] then found = call('HGET', KEYS[2], ARGV[2]) else found = call('HVALS', KEYS[2]) end
local has, is_known = call('EXISTS', KEYS[2]), call('SISMEMBER', KEYS[1], ARGV[1])
if has < is_known then return redis.error_reply('DAMAGED ' .. KEYS[2]) end
if has == is_known and (has == 1 or call('EXISTS', KEYS[1]) == 1 or call('EXISTS', KEYS[3]) == 0) then return found end
if has > is_known and call('EXISTS', KEYS[1]) == 0 then return found end
return redis.error_reply('DAMAGED ' .. KEYS[1])
