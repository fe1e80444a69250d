-- Opens a shard, and sets whether it takes events; one that was removed stays so.
-- KEYS[1]: the shard's main key. ARGV[1]: 1 if it is archived, 0 if it is not

if redis.call('HEXISTS', KEYS[1], 'dead') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'open', '1')
if ARGV[1] == '1' then
  redis.call('HSET', KEYS[1], 'archived', '1')
else
  redis.call('HDEL', KEYS[1], 'archived')
end
return 1
