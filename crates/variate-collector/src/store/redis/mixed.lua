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
