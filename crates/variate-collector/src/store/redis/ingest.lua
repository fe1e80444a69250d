-- Counts a batch of events of one shard of an experiment; `unit.rs` in Lua.
--
-- ARGV[1]: places, each `<I2I2I4I1`: action, variant, day, whether the action is an exposure
-- ARGV[2]: pairs of actions, each `<I2I2`
-- ARGV[3]: which kinds of events the experiment has as far as the caller knows: 1 ids, 2 units, 3 both
-- ARGV[4]: events, each `<I1I2I4` (flags, place, milliseconds of the day) and hashes, each `<c8I4`
--   (8 bytes and the first four of them again): of the id as unit if ids, of the event if units, of its unit if it has one;
--   then the value, if any, as `<d`
-- ARGV[5]: instead of them, where all are ids without values and no action of a variant is of two days: each `<I2c8I4`
--   (twice the place, one more if the id is random; the hash of the id), such that those of one bucket are neighbours
-- ARGV[6]: the milliseconds of the day of each of these, `<I4`
-- ARGV[7]: for each place which of them were the first and the last, each `<I4I4`
-- ARGV[8]: the store's mark
--
-- Answers `D` if the experiment was deleted, `N` if the shard was never opened is another store's, or the server lost it, `A` if it is archived,
-- an error that names it if something is not there that must be, `S` if the caller must look at the directory again, otherwise `O` and for each event `1` if it was counted, `0` if it was before.
--
-- Everything is read and computed (`plain.lua`, `mixed.lua`) before anything is written (`write.lua`): an error leaves nothing
-- half done.

local HAS_VALUE, IS_RANDOM = 2, 4
local meta = call('HMGET', main, 'dead', 'archived', 'first', 'last', 'ib', 'iy', 'nb', 'ny', 'ub', 'uy', 'open')
if meta[11] and meta[11] ~= ARGV[8] then return 'N' end
if meta[1] then return 'D' end
if not meta[11] then
  if call('EXISTS', main) == 1 then return redis.error_reply('WRONGTYPE ' .. main .. ' is no shard') end
  return 'N'
end
if meta[2] then return 'A' end
local error_of_loss = lost(meta[3], codes, meta[6], meta[8], meta[10])
if error_of_loss then return error_of_loss end
local kinds = tonumber(ARGV[3])
if (meta[5] and kinds == 2) or (meta[7] and kinds == 1) then return 'S' end
local first, last = tonumber(meta[3]), tonumber(meta[4])
local ids, notes, units = family('i', meta[5], meta[6]), family('n', meta[7], meta[8]), family('u', meta[9], meta[10])
local outcomes = {'O'}

local here = {}
for at = 1, #ARGV[1], 9 do
  local action, variant, day, exposure = unpack_s('<I2I2I4I1', ARGV[1], at)
  exposures[action] = exposure == 1
  here[#here + 1] = {action = action, variant = variant, day = day, exposure = exposure == 1, new = 0}
end

local function seen_at(of_place, milliseconds)
  local moment = of_place.day * DAY + milliseconds
  if not first or moment < first then first = moment end
  if not last or moment > last then last = moment end
  return moment
end

-- The unit of an id that is there, for one more event of it; nothing if that was counted before.
local function unit_of_id(bucket, from, action, variant)
  local body, behind = skip(bucket, from)
  if body == from then
    local code = code_at(bucket, from)
    local known = place_of(floor(code / 2))
    if known.action == action and known.variant == variant then return nil end
    return read_simple(code), behind
  end
  local unit = read_unit(sub(bucket, body, behind - 1))
  for _, of in ipairs(unit.days) do
    if of.action == action and of.variant == variant then return nil end
  end
  return unit, behind
end
