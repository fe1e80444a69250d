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

  local kept_ids, kept_notes, kept_units = ids.kept, notes.kept, units.kept
  local has_ids, has_notes = with_ids and ids.count > 0, with_units and notes.count > 0
  -- What is new in a bucket of notes, and the units of this batch: they are written once, after all their events.
  local new_notes, lists, touched = {}, {}, {}

  for event = 1, total do
    local flags = flags_of[event]
    local place = here[place_at[event] + 1]
    local is_new = true
    local from, behind, id_unit
    if has_notes then
      local hash, bucket = note_hash[event], note_bucket[event]
      local more = new_notes[bucket]
      if find(kept_notes[bucket], hash, 1, true) or (more and find(more, hash, 1, true)) then is_new = false end
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
        local hash = unit_hash[event]
        local list = lists[hash]
        if not list then
          touched[#touched + 1] = event
          local kept = kept_units[unit_bucket[event]]
          local found = find(kept, hash, 1, true)
          if found then
            local body, behind = skip(kept, found + 8)
            list = cmsgpack.unpack(sub(kept, body, behind - 1))
            lists[hash] = list
          end
        end
        if not list or not add_to_list(list, place, moment, value_of[event] or 0) then
          local unit = list and unit_of_list(list) or new_unit(false, false)
          add_event(unit, place, moment, value_of[event])
          lists[hash] = list_of_unit(unit)
        end
        local random = flags >= IS_RANDOM and 1 or 0
        local note = simple(place_code(place), random) or framed(cmsgpack.pack({random, place.day}))
        local bucket = note_bucket[event]
        new_notes[bucket] = (new_notes[bucket] or '') .. note_hash[event] .. note
        notes.bytes = notes.bytes + 8 + #note
      else
        local unit = id_unit or new_unit(true, flags >= IS_RANDOM)
        add_event(unit, place, moment, value_of[event])
        put(ids, id_bucket[event], id_hash[event], write_unit(unit), from, behind)
      end
    end
  end

  for bucket, more in pairs(new_notes) do
    kept_notes[bucket] = kept_notes[bucket] .. more
    notes.changed[bucket], notes.used = true, true
  end
  for _, event in ipairs(touched) do
    local bucket, hash = unit_bucket[event], unit_hash[event]
    local from, behind = find(kept_units[bucket], hash, 1, true), nil
    if from then
      from = from + 8
      local _
      _, behind = skip(kept_units[bucket], from)
    end
    put(units, bucket, hash, framed(cmsgpack.pack(lists[hash])), from, behind)
  end
end
