-- Reads an experiment's entry, or all of a namespace. The set of namespaces has those of which there are experiments, and no others:
-- where it is not so, one of the two keys was lost.
-- KEYS: the set of namespaces, the namespace's hash of experiments. ARGV: the namespace, the name (left out: all)

local found
if ARGV[2] then found = redis.call('HGET', KEYS[2], ARGV[2]) else found = redis.call('HVALS', KEYS[2]) end
local has, is_known = redis.call('EXISTS', KEYS[2]), redis.call('SISMEMBER', KEYS[1], ARGV[1])
if has < is_known then return redis.error_reply('DAMAGED ' .. KEYS[2]) end
if has > is_known then return redis.error_reply('DAMAGED ' .. KEYS[1]) end
return found
