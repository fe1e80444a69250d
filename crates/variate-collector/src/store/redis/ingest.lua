-- Counts a batch of events of one shard of an experiment; `unit.rs` in Lua.
--
-- ARGV[1]: places, each `<I2I2I4I1`: action, variant, day, whether the action is an exposure
-- ARGV[2]: pairs of actions, each `<I2I2`
-- ARGV[3]: which kinds of events the experiment has as far as the caller knows: 1 ids, 2 units, 3 both
-- ARGV[4]: events, each `<I1I2I4` (flags, place, milliseconds of the day) and hashes, each `<c8I4`
--   (8 bytes and the first four of them again): of the id as unit if ids, of the event if units, of its unit if it has one;
--   then the value, if any, as `<d`
-- ARGV[5]: instead of them, where all are ids without values and no action of a variant is of two days: groups of
--   `<I2I1I4` (place, whether the ids are random, how many) and each `<I4c8I4` (milliseconds of the day, hash of the id)
--
-- Answers `D` if the experiment was deleted, `N` if the shard was never opened or the server lost it, `A` if it is archived, `S` if the caller must look at the directory
-- again, otherwise `O` and for each event `1` if it was counted, `0` if it was before.
--
-- Everything is read and computed before anything is written: an error leaves nothing half done.

local HAS_VALUE, IS_RANDOM = 2, 4
-- How many events are read at a time; a server's answer about so many buckets needs no memory of its own.
local BLOCK = 12
local BLOCKS = {}
for some = 1, BLOCK do BLOCKS[some] = '<' .. string.rep('I4c8I4', some) end

local meta = call('HMGET', main, 'dead', 'archived', 'first', 'last', 'ib', 'iy', 'nb', 'ny', 'ub', 'uy', 'open')
if meta[1] then return 'D' end
if not meta[11] then return 'N' end
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

-- What most batches are: the first events of ids, and the same sent again. Without tables for each event.
local function count_plain(events)
  local length, at, out = #events, 1, 1
  make_room(ids, floor(length / 16))
  local kept, changed, name = ids.kept, ids.changed, ids.name
  local count, power, whole = ids.count, ids.power, ids.power * 2
  -- What is new in a bucket, for to make a long string takes Lua long: it hashes all of it.
  local added = {}
  while at <= length do
    local place_at, random, events_left
    place_at, random, events_left, at = unpack_s('<I2I1I4', events, at)
    local place = here[place_at + 1]
    local action, variant = place.action, place.variant
    local record = simple(code_of(action, variant, place.day), random)
    local new, bytes = 0, 8 + #(record or '')
    local least, most = math.huge, -1
    while events_left > 0 do
      local some = events_left < BLOCK and events_left or BLOCK
      local block = {unpack_s(BLOCKS[some], events, at)}
      at = at + some * 16
      events_left = events_left - some
      local keys, wanted = {}, {}
      for one = 3, some * 3, 3 do
        local bucket = block[one] % whole
        if bucket >= count then bucket = bucket - power end
        block[one] = bucket
        if not kept[bucket] then
          kept[bucket] = ''
          keys[#keys + 1] = name .. bucket
          wanted[#wanted + 1] = bucket
        end
      end
      if #keys > 0 then
        local found = call('MGET', unpack(keys))
        for one = 1, #keys do kept[wanted[one]] = found[one] or '' end
      end
      for one = 3, some * 3, 3 do
        local bucket, hash = block[one], block[one - 1]
        local records = kept[bucket]
        local from = find(records, hash, 1, true)
        local more = added[bucket]
        if not from and more and find(more, hash, 1, true) then
          records = records .. more
          kept[bucket], added[bucket], changed[bucket] = records, nil, true
          from = find(records, hash, 1, true)
        end
        out = out + 1
        if not from and record then
          added[bucket] = (more or '') .. hash .. record
          new = new + 1
          outcomes[out] = '1'
          local moment = block[one - 2]
          if moment < least then least = moment end
          if moment > most then most = moment end
        else
          local unit, behind
          if from then
            from = from + 8
            unit, behind = unit_of_id(records, from, action, variant)
          else
            unit = new_unit(true, random == 1)
          end
          if unit then
            outcomes[out] = '1'
            add_event(unit, place, seen_at(place, block[one - 2]), nil)
            put(ids, bucket, hash, write_unit(unit), from, behind)
          else
            outcomes[out] = '0'
          end
        end
      end
    end
    if new > 0 then
      place.new = place.new + new
      ids.bytes = ids.bytes + new * bytes
      ids.used = true
      seen_at(place, least)
      seen_at(place, most)
    end
  end
  for bucket, more in pairs(added) do
    kept[bucket] = kept[bucket] .. more
    changed[bucket] = true
  end
end

local function count_all(events)
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

  local kept_ids = ids.kept
  local has_ids, has_notes = with_ids and ids.count > 0, with_units and notes.count > 0

  for event = 1, total do
    local flags = flags_of[event]
    local place = here[place_at[event] + 1]
    local is_new = true
    local from, behind, id_unit
    if has_notes and find(notes.kept[note_bucket[event]], note_hash[event], 1, true) then
      is_new = false
    end
    if is_new and has_ids then
      from = find(kept_ids[id_bucket[event]], id_hash[event], 1, true)
      if from then
        from = from + 8
        id_unit, behind = unit_of_id(kept_ids[id_bucket[event]], from, place.action, place.variant)
        is_new = id_unit ~= nil
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
        local record, to
        if found then
          found = found + 8
          local start
          start, to = skip(units.kept[bucket], found)
          local list = cmsgpack.unpack(sub(units.kept[bucket], start, to - 1))
          if add_to_list(list, place, moment, value_of[event] or 0) then
            record = framed(cmsgpack.pack(list))
          else
            local unit = unit_of_list(list)
            add_event(unit, place, moment, value_of[event])
            record = write_unit(unit)
          end
        else
          local unit = new_unit(false, false)
          add_event(unit, place, moment, value_of[event])
          record = write_unit(unit)
        end
        put(units, bucket, unit_hash[event], record, found, to)
        local random = flags >= IS_RANDOM and 1 or 0
        local note = simple(place_code(place), random)
        put(notes, note_bucket[event], note_hash[event], note or framed(cmsgpack.pack({random, place.day})))
      else
        local unit = id_unit or new_unit(true, flags >= IS_RANDOM)
        add_event(unit, place, moment, value_of[event])
        put(ids, id_bucket[event], id_hash[event], write_unit(unit), from, behind)
      end
    end
  end
end

if #ARGV[5] > 0 then count_plain(ARGV[5]) else count_all(ARGV[4]) end

for _, place in ipairs(here) do
  if place.new > 0 then
    local sums = change(row_of(place))
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
