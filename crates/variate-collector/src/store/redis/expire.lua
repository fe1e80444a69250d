-- Forgets the random ids of events before a day, in some of a shard's buckets.
-- KEYS[1]: the shard's main key. ARGV: `i` or `n`, the first bucket, how many, the day
-- Answers how many ids were forgotten and how many buckets there are.

local name, first, day = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local meta = call('HMGET', main, 'first', 'codes', 'iy', 'ny', 'uy')
local error_of_loss = lost(unpack(meta, 1, 5))
if error_of_loss then return error_of_loss end
local of = family(name, call('HGET', main, name .. 'b'), call('HGET', main, name .. 'y'))
local forgotten, bytes = 0, of.bytes
local days = {}

local function day_of(code)
  if not days[code] then
    local _, _, day_of_code = unpack_s('<I2I2I4I1', call('HGET', base .. 'c', code))
    days[code] = day_of_code
  end
  return days[code]
end

local changed = {}
for bucket = first, math.min(first + tonumber(ARGV[3]), of.count) - 1 do
  local kept = call('HGET', of.name, field(bucket)) or ''
  local at, rest = 1, {}
  while at <= #kept do
    local body, behind = skip(kept, at + 8)
    local random, last
    if body == at + 8 then
      local code = code_at(kept, body)
      random, last = code % 2 == 1, day_of(floor(code / 2))
    else
      local list = cmsgpack.unpack(sub(kept, body, behind - 1))
      if name == 'n' then
        random, last = list[1] == 1, list[2]
      else
        random, last = floor(list[1] / 2) % 2 == 1, -1
        local from = 4 + 2 * list[3] + 1
        for of_day = 0, list[from - 1] - 1 do
          last = math.max(last, day_of(list[from + 4 * of_day]))
        end
      end
    end
    if random and last < day then
      forgotten = forgotten + 1
      bytes = bytes - (behind - at)
    else
      rest[#rest + 1] = sub(kept, at, behind - 1)
    end
    at = behind
  end
  local after = concat(rest)
  if #after ~= #kept then changed[#changed + 1] = {field(bucket), after} end
end
for _, of_bucket in ipairs(changed) do
  if of_bucket[2] == '' then call('HDEL', of.name, of_bucket[1]) else call('HSET', of.name, of_bucket[1], of_bucket[2]) end
end
if forgotten > 0 then call('HSET', main, name .. 'y', string.format('%.0f', bytes)) end
return {forgotten, of.count}
