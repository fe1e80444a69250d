-- KEYS: the unit's key, then its migration keys, all in one slot.
-- ARGV: the time to live in milliseconds, or empty; then, if one is to be kept, a variant.
-- Answers the variant that is stored then, or nil.
local function get(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'table' then
    return value
  end
  -- A list or the like is a variant that no experiment has, so that it is replaced like one.
  if string.find(value.err, 'WRONGTYPE', 1, true) then
    return '\239\191\189'
  end
  error(value)
end

local current, ttl = KEYS[1], tonumber(ARGV[1])

local found = get(current)
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
  found = get(KEYS[i])
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
