-- Opens a shard, and sets whether it takes events; one that was removed stays so.
-- KEYS[1]: the shard's main key. ARGV[1]: 1 if it is archived, 0 if it is not. ARGV[2]: the store's mark

if redis.call('HEXISTS', KEYS[1], 'dead') == 1 then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 and redis.call('HEXISTS', KEYS[1], 'open') == 0 then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is no shard')
end
redis.call('HSET', KEYS[1], 'open', ARGV[2])
if ARGV[1] == '1' then
  redis.call('HSET', KEYS[1], 'archived', '1')
else
  redis.call('HDEL', KEYS[1], 'archived')
end
return 1
