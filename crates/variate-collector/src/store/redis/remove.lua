-- Removes a shard; from now on it takes no events. The server frees what it held besides its other work.
-- KEYS[1]: the shard's main key. ARGV[1]: for how many seconds to know that it was removed

local main = KEYS[1]
local base = string.sub(main, 1, -2)
redis.call('HSET', main, 'dead', '1')
redis.call('EXPIRE', main, ARGV[1])
redis.call('UNLINK', base .. 'r', base .. 'c', base .. 'i', base .. 'n', base .. 'u')
return 0
