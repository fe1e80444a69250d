-- Opens a shard, and sets whether it takes events; one that was removed stays so.
-- KEYS[1]: the shard's main key. ARGV[1]: 1 if it is archived, 0 if it is not, nothing if that stays as it is. ARGV[2]: the store's mark
-- ARGV[3]: 1 if it was opened before, 0 if it may not be yet

local main = KEYS[1]
local base = string.sub(main, 1, -2)
if redis.call('EXISTS', main) == 1 then
  local open = redis.call('HGET', main, 'open')
  local dead = redis.call('HEXISTS', main, 'dead') == 1
  if not open and not dead then return redis.error_reply('WRONGTYPE ' .. main .. ' is no shard') end
  if open and open ~= ARGV[2] then
    -- Another store's, with the same prefix: its directory was lost.
    if not dead then return redis.error_reply('DAMAGED ' .. main .. ' directory') end
    redis.call('DEL', main)
  elseif dead then
    return 0
  end
elseif ARGV[3] == '1' or redis.call('EXISTS', base .. 'r', base .. 'c', base .. 'i', base .. 'n', base .. 'u') > 0 then
  return redis.error_reply('DAMAGED ' .. main)
end
redis.call('HSET', main, 'open', ARGV[2])
if ARGV[1] == '1' then
  redis.call('HSET', main, 'archived', '1')
elseif ARGV[1] == '0' then
  redis.call('HDEL', main, 'archived')
end
return 1
