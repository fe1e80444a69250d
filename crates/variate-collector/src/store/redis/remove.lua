-- Removes a shard, some of it at a time; from the first time on it takes no events.
-- KEYS[1]: the shard's main key. ARGV[1]: how many buckets to remove; ARGV[2]: for how many seconds to know that it was removed
-- Answers how many buckets are left.

local main, most = KEYS[1], tonumber(ARGV[1])
local base = string.sub(main, 1, -2)
redis.call('HSET', main, 'dead', '1')
redis.call('EXPIRE', main, ARGV[2])
redis.call('UNLINK', base .. 'r', base .. 'c')
local left = 0
for _, name in ipairs({'i', 'n', 'u'}) do
  local count = tonumber(redis.call('HGET', main, name .. 'b') or 0)
  while count > 0 and most > 0 do
    local keys = {}
    while count > 0 and most > 0 and #keys < 500 do
      count = count - 1
      most = most - 1
      keys[#keys + 1] = base .. name .. count
    end
    redis.call('UNLINK', unpack(keys))
  end
  redis.call('HSET', main, name .. 'b', count)
  left = left + count
end
return left
