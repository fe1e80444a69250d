-- What most batches are: the first events of ids, and the same sent again. Without tables for each event.
local function count_plain(events)
  local left, at, out = #events / 14, 1, 1
  make_room(ids, left)
  local kept, changed, name, outcomes = ids.kept, ids.changed, ids.name, outcomes
  local count, power, whole = ids.count, ids.power, ids.power * 2
  local places_of, records_of, new_of, code_of_group = {}, {}, {}, {}
  for index, place in ipairs(here) do
    local code = code_of(place.action, place.variant, place.day)
    for random = 0, 1 do
      local group = (index - 1) * 2 + random
      places_of[group], records_of[group], new_of[group], code_of_group[group] = place, simple(code, random), 0, code * 2
    end
  end
  -- The bucket that is at hand; what is new in it is joined to the rest only where it has to be, for to make a
  -- long string takes Lua long.
  local open, records, more = -1, '', ''
  local of_format, format = 0, ''
  while left > 0 do
    local some = left < MOST_READ and left or MOST_READ
    if some ~= of_format then of_format, format = some, '<' .. string.rep('I2c8I4', some) end
    local block = {unpack_s(format, events, at)}
    at = at + some * 14
    left = left - some
    local fields, wanted, size, former = {}, {}, 0, open
    for one = 3, some * 3, 3 do
      local bucket = block[one] % whole
      if bucket >= count then bucket = bucket - power end
      block[one] = bucket
      if bucket ~= former then
        former = bucket
        if not kept[bucket] then
          size = size + 1
          fields[size] = pack_s('<I4', bucket)
          wanted[size] = bucket
        end
      end
    end
    if size > 0 then
      local found = call('HMGET', name, unpack(fields))
      for one = 1, size do kept[wanted[one]] = found[one] or '' end
    end
    for one = 3, some * 3, 3 do
      local bucket, hash, group = block[one], block[one - 1], block[one - 2]
      if bucket ~= open then
        if more ~= '' then
          kept[open] = records .. more
          changed[open] = true
          more = ''
        end
        open = bucket
        records = kept[bucket]
      end
      if more ~= '' and find(more, hash, 1, true) then
        records, more = records .. more, ''
        kept[bucket], changed[bucket] = records, true
      end
      local from = find(records, hash, 1, true)
      local record = records_of[group]
      local one = from and byte(records, from + 8)
      out = out + 1
      -- Most that are there are of the same action and variant.
      if one and one < 128 and one - one % 2 == code_of_group[group] then
        outcomes[out] = '0'
      elseif not from and record then
        more = more .. hash .. record
        new_of[group] = new_of[group] + 1
        outcomes[out] = '1'
      else
        local place = places_of[group]
        local unit, behind
        if from then
          from = from + 8
          unit, behind = unit_of_id(records, from, place.action, place.variant)
        else
          unit = new_unit(true, group % 2 == 1)
        end
        if unit then
          outcomes[out] = '1'
          place.more = true
          add_event(unit, place, place.day * DAY, nil)
          kept[bucket] = records
          put(ids, bucket, hash, write_unit(unit), from, behind)
          records = kept[bucket]
        else
          outcomes[out] = '0'
        end
      end
    end
  end
  if more ~= '' then
    kept[open] = records .. more
    changed[open] = true
  end
  for group, new in pairs(new_of) do
    if new > 0 then
      local place = places_of[group]
      place.new = place.new + new
      ids.bytes = ids.bytes + new * (8 + #records_of[group])
      ids.used = true
    end
  end
  -- When the first and the last of those that count happened.
  for index, place in ipairs(here) do
    if place.new > 0 or place.more then
      local least, most = unpack_s('<I4I4', ARGV[7], index * 8 - 7)
      if outcomes[least + 2] == '1' and outcomes[most + 2] == '1' then
        seen_at(place, (unpack_s('<I4', ARGV[6], least * 4 + 1)))
        seen_at(place, (unpack_s('<I4', ARGV[6], most * 4 + 1)))
      else
        for event = 0, #ARGV[6] / 4 - 1 do
          if outcomes[event + 2] == '1' and floor(unpack_s('<I2', events, event * 14 + 1) / 2) == index - 1 then
            seen_at(place, (unpack_s('<I4', ARGV[6], event * 4 + 1)))
          end
        end
      end
    end
  end
end
