-- KEYS: the unit's key, then its migration keys, all in one slot.
-- ARGV: the time to live in milliseconds, or empty; then, if one is to be kept, a variant.
-- Answers the variant that is stored then, or nil.
local current, ttl = KEYS[1], tonumber(ARGV[1])

local found = redis.call('GET', current)
if found then
  local left = redis.call('PTTL', current)
  if ttl then
    -- Written anew after a tenth of its time, not at each look: replicas get every write.
    if left < ttl * 0.9 or left > ttl then
      redis.call('PEXPIRE', current, ARGV[1])
    end
  elseif left >= 0 then
    redis.call('PERSIST', current)
  end
  return found
end

for i = 2, #KEYS do
  found = redis.call('GET', KEYS[i])
  if found then
    redis.call('DEL', KEYS[i])
    break
  end
end

found = found or ARGV[2]
if found then
  if ttl then
    redis.call('SET', current, found, 'PX', ARGV[1])
  else
    redis.call('SET', current, found)
  end
end
return found
