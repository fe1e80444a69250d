-- What the scripts of a shard share. KEYS[1]: the shard's main key, which ends in `m`. The shard's other keys are it with another end:
--   c  code of a place -> the place        r  place -> its tallies, as `Row::write` writes them
--   i, n, u  bucket -> records: of ids that are units, of ids of units' events, of units

local main = KEYS[1]
local base = string.sub(main, 1, -2)
local call = redis.call
local sub, byte, char, find, concat = string.sub, string.byte, string.char, string.find, table.concat
local unpack_s, pack_s = struct.unpack, struct.pack
local floor = math.floor

-- How many bytes a bucket has on average, at the most: a longer one takes Lua longer, for it hashes all of every string that
-- it makes; a field of the server's own for a shorter one takes more memory.
local BUCKET = 400
-- How many buckets are read at a time: an answer about so many needs no memory of its own.
local MOST_READ = 40

-- Buckets: fields of a hash, strings of records, 8 bytes of a hash and what is kept of it. Linear hashing: one bucket is
-- split when there are too many bytes, so that no call does much.

local function family(name, count, bytes)
  count = tonumber(count) or 0
  local power = 1
  while power * 2 <= count do power = power * 2 end
  return {name = base .. name, count = count, power = power, bytes = tonumber(bytes) or 0, kept = {}, changed = {}, used = false, wanted = {}}
end

local function make_room(of, records)
  if of.count == 0 and records > 0 then
    of.count = floor(records * 10 / BUCKET) + 1
    while of.power * 2 <= of.count do of.power = of.power * 2 end
    for at = 0, of.count - 1 do of.kept[at] = '' end
  end
end

local function bucket_of(of, x)
  local bucket = x % (of.power * 2)
  if bucket >= of.count then bucket = bucket - of.power end
  if not of.kept[bucket] then
    of.kept[bucket] = false
    of.wanted[#of.wanted + 1] = bucket
  end
  return bucket
end

local function field(bucket)
  return pack_s('<I4', bucket)
end

local function read_wanted(of)
  local wanted, name, kept = of.wanted, of.name, of.kept
  for from = 1, #wanted, MOST_READ do
    local fields, to = {}, math.min(from + MOST_READ - 1, #wanted)
    for at = from, to do fields[at - from + 1] = pack_s('<I4', wanted[at]) end
    local found = call('HMGET', name, unpack(fields))
    for at = from, to do kept[wanted[at]] = found[at - from + 1] or '' end
  end
  of.wanted = {}
end

-- What follows the hash: below 192 a code, otherwise a record of so many bytes. Answers where it begins and what is behind it.
local function skip(bucket, at)
  local one, other = byte(bucket, at, at + 1)
  if one < 128 then return at, at + 1 end
  if one < 192 then return at, at + 2 end
  if one < 255 then return at + 2, at + 2 + (one - 192) * 256 + other end
  return at + 5, at + 5 + unpack_s('<I4', bucket, at + 1)
end

local function simple(code, random)
  local number = code * 2 + random
  if number < 128 then return char(number) end
  number = number - 128
  if number < 16384 then return char(128 + floor(number / 256), number % 256) end
end

local function code_at(bucket, at)
  local one, other = byte(bucket, at, at + 1)
  if one < 128 then return one end
  return 128 + (one - 128) * 256 + other
end

local function framed(body)
  local length = #body
  if length < 16128 then return char(192 + floor(length / 256), length % 256) .. body end
  return char(255) .. pack_s('<I4', length) .. body
end

local function put(of, bucket, hash, record, from, to)
  local kept = of.kept[bucket]
  if from then
    of.kept[bucket] = sub(kept, 1, from - 1) .. record .. sub(kept, to)
    of.bytes = of.bytes + #record - (to - from)
  else
    of.kept[bucket] = kept .. hash .. record
    of.bytes = of.bytes + 8 + #record
  end
  of.changed[bucket] = true
  of.used = true
end

local function split(of)
  local old, new = of.count - of.power, of.count
  if not of.kept[old] then of.kept[old] = call('HGET', of.name, field(old)) or '' end
  local bucket, whole = of.kept[old], of.power * 2
  local stay, move = {}, {}
  local at, start, moves = 1, 1, nil
  local length = #bucket
  while at <= length do
    local a, b, c, d, _, _, _, _, one, other = byte(bucket, at, at + 9)
    local goes = (a + b * 256 + c * 65536 + d * 16777216) % whole == new
    if goes ~= moves then
      if moves ~= nil then
        local to = moves and move or stay
        to[#to + 1] = sub(bucket, start, at - 1)
      end
      moves, start = goes, at
    end
    if one < 128 then at = at + 9
    elseif one < 192 then at = at + 10
    elseif one < 255 then at = at + 10 + (one - 192) * 256 + other
    else
      local _, behind = skip(bucket, at + 8)
      at = behind
    end
  end
  if moves ~= nil then
    local to = moves and move or stay
    to[#to + 1] = sub(bucket, start)
  end
  of.kept[old], of.kept[new] = concat(stay), concat(move)
  of.changed[old], of.changed[new] = true, true
  of.count = of.count + 1
  if of.count == whole then of.power = whole end
end

