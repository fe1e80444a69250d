-- Counts a batch of events of one shard of an experiment; `unit.rs` in Lua.
--
-- ARGV[1]: places, each `<I2I2I4I1`: action, variant, day, whether the action is an exposure
-- ARGV[2]: pairs of actions, each `<I2I2`
-- ARGV[3]: which kinds of events the experiment has as far as the caller knows: 1 ids, 2 units, 3 both
-- ARGV[4]: events, each `<I1I2I4` (flags, place, milliseconds of the day) and hashes, each `<c8I4`
--   (8 bytes and the first four of them again): of the id as unit if ids, of the event if units, of its unit if it has one;
--   then the value, if any, as `<d`
--
-- Answers `D` if the experiment was deleted, `A` if it is archived, `S` if the caller must look at the directory
-- again, otherwise `O` and for each event `1` if it was counted, `0` if it was before.
--
-- Everything is read and computed before anything is written: an error leaves nothing half done.

local HAS_VALUE, IS_RANDOM = 2, 4

local meta = call('HMGET', main, 'dead', 'archived', 'first', 'last', 'ib', 'iy', 'nb', 'ny', 'ub', 'uy')
if meta[1] then return 'D' end
if meta[2] then return 'A' end
local kinds = tonumber(ARGV[3])
if (meta[5] and kinds == 2) or (meta[7] and kinds == 1) then return 'S' end
local first, last = tonumber(meta[3]), tonumber(meta[4])
local ids, notes, units = family('i', meta[5], meta[6]), family('n', meta[7], meta[8]), family('u', meta[9], meta[10])
local outcomes = {'O'}

-- The batch: first what it needs, then one event after the other.

local here = {}
for at = 1, #ARGV[1], 9 do
  local action, variant, day, exposure = unpack_s('<I2I2I4I1', ARGV[1], at)
  exposures[action] = exposure == 1
  here[#here + 1] = {action = action, variant = variant, day = day, exposure = exposure == 1, new = 0}
end

local events = ARGV[4]
local length, at, total = #events, 1, 0
local flags_of, place_at, when, value_of = {}, {}, {}, {}
local id_hash, id_bucket, note_hash, note_bucket, unit_hash, unit_bucket = {}, {}, {}, {}, {}, {}
local with_ids, with_units = kinds % 2 == 1, kinds >= 2
if kinds == 1 then
  while at <= length do
    total = total + 1
    local flags
    flags, place_at[total], when[total], id_hash[total], id_bucket[total], at = unpack_s('<I1I2I4c8I4', events, at)
    flags_of[total] = flags
    if flags % 4 >= HAS_VALUE then value_of[total], at = unpack_s('<d', events, at) end
  end
else
  while at <= length do
    total = total + 1
    local flags
    flags, place_at[total], when[total], at = unpack_s('<I1I2I4', events, at)
    flags_of[total] = flags
    if with_ids then id_hash[total], id_bucket[total], at = unpack_s('<c8I4', events, at) end
    note_hash[total], note_bucket[total], at = unpack_s('<c8I4', events, at)
    if flags % 2 == 1 then unit_hash[total], unit_bucket[total], at = unpack_s('<c8I4', events, at) end
    if flags % 4 >= HAS_VALUE then value_of[total], at = unpack_s('<d', events, at) end
  end
end

local of_units = 0
for event = 1, total do
  if flags_of[event] % 2 == 1 then of_units = of_units + 1 end
end
make_room(ids, total - of_units)
make_room(notes, of_units)
make_room(units, of_units)
for event = 1, total do
  if with_ids and ids.count > 0 then id_bucket[event] = bucket_of(ids, id_bucket[event]) end
  if with_units and notes.count > 0 then note_bucket[event] = bucket_of(notes, note_bucket[event]) end
  if unit_hash[event] then unit_bucket[event] = bucket_of(units, unit_bucket[event]) end
end
read_wanted(ids)
read_wanted(notes)
read_wanted(units)

local function seen_at(of_place, milliseconds)
  local moment = of_place.day * DAY + milliseconds
  if not first or moment < first then first = moment end
  if not last or moment > last then last = moment end
  return moment
end

local kept_ids, changed_ids = ids.kept, ids.changed
local has_ids, has_notes = with_ids and ids.count > 0, with_units and notes.count > 0

for event = 1, total do
  local flags = flags_of[event]
  local place = here[place_at[event] + 1]
  local is_new = true
  local from, behind, body, id_unit
  if has_notes and find(notes.kept[note_bucket[event]], note_hash[event], 1, true) then
    is_new = false
  end
  if is_new and has_ids then
    from = find(kept_ids[id_bucket[event]], id_hash[event], 1, true)
    if from then
      from = from + 8
      local bucket = kept_ids[id_bucket[event]]
      body, behind = skip(bucket, from)
      if body == from then
        local code = code_at(bucket, from)
        local known = place_of(floor(code / 2))
        if known.action == place.action and known.variant == place.variant then
          is_new = false
        elseif flags % 2 == 0 then
          id_unit = read_simple(code)
        end
      else
        id_unit = read_unit(sub(bucket, body, behind - 1))
        for _, of in ipairs(id_unit.days) do
          if of.action == place.action and of.variant == place.variant then is_new = false end
        end
      end
    end
  end
  if not is_new then
    outcomes[event + 1] = '0'
  else
    outcomes[event + 1] = '1'
    local moment = seen_at(place, when[event])
    if flags % 2 == 1 then
      local bucket = unit_bucket[event]
      local found = find(units.kept[bucket], unit_hash[event], 1, true)
      local unit, to
      if found then
        found = found + 8
        local start
        start, to = skip(units.kept[bucket], found)
        unit = read_unit(sub(units.kept[bucket], start, to - 1))
      else
        unit = new_unit(false, false)
      end
      add_event(unit, place, moment, value_of[event])
      put(units, bucket, unit_hash[event], write_unit(unit), found, to)
      local random = flags >= IS_RANDOM and 1 or 0
      local note = simple(code_of(place.action, place.variant, place.day), random)
      put(notes, note_bucket[event], note_hash[event], note or framed(cmsgpack.pack({random, place.day})))
    elseif not from and not value_of[event] and not has_pairs then
      -- What most events without a unit are: the first of an id.
      place.new = place.new + 1
      local random = flags >= IS_RANDOM and 'random' or 'lasting'
      local record = place[random]
      if not record then
        record = simple(code_of(place.action, place.variant, place.day), flags >= IS_RANDOM and 1 or 0)
        place[random] = record
      end
      if record then
        local bucket = id_bucket[event]
        kept_ids[bucket] = kept_ids[bucket] .. id_hash[event] .. record
        changed_ids[bucket] = true
        ids.bytes = ids.bytes + 8 + #record
        ids.used = true
      else
        local unit = new_unit(true, flags >= IS_RANDOM)
        insert(unit, place, moment, nil)
        put(ids, id_bucket[event], id_hash[event], write_unit(unit))
      end
    else
      local unit = id_unit or new_unit(true, flags >= IS_RANDOM)
      add_event(unit, place, moment, value_of[event])
      put(ids, id_bucket[event], id_hash[event], write_unit(unit), from, behind)
    end
  end
end

for _, place in ipairs(here) do
  if place.new > 0 then
    local sums = change(cell(place.action, place.variant, place.day))
    sums[1] = sums[1] + place.new
    sums[2] = sums[2] + place.new
    add_to(sums, 7, place.new, 0)
  end
end

for _, of in ipairs({ids, notes, units}) do
  if of.used then
    while of.bytes > of.count * BUCKET do split(of) end
  end
end

-- From here on everything is written, and nothing can fail but for the first of it.

local function write_hash(key, list)
  for from = 1, #list, 500 do
    call('HSET', key, unpack(list, from, math.min(from + 499, #list)))
  end
end

local function text(number)
  return string.format('%.0f', number)
end

local in_meta = {}
if #changed_rows > 0 then
  in_meta = {'codes', codes, 'first', text(first), 'last', text(last)}
  if ids.used then for _, item in ipairs({'ib', ids.count, 'iy', text(ids.bytes)}) do in_meta[#in_meta + 1] = item end end
  if notes.used then for _, item in ipairs({'nb', notes.count, 'ny', text(notes.bytes), 'ub', units.count, 'uy', text(units.bytes)}) do in_meta[#in_meta + 1] = item end end
  write_hash(main, in_meta)
  write_hash(base .. 'c', new_codes)
  local written = {}
  for _, row in ipairs(changed_rows) do
    written[#written + 1] = row.key
    written[#written + 1] = pack_s(row.format, unpack(row.sums))
  end
  write_hash(base .. 'r', written)
end
for _, of in ipairs({ids, notes, units}) do
  local list = {}
  for bucket in pairs(of.changed) do
    list[#list + 1] = of.name .. bucket
    list[#list + 1] = of.kept[bucket]
    if #list >= 500 then
      call('MSET', unpack(list))
      list = {}
    end
  end
  if #list > 0 then call('MSET', unpack(list)) end
end
return concat(outcomes)
