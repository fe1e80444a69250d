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
  local list, size = {}, 0
  for bucket in pairs(of.changed) do
    list[size + 1], list[size + 2] = pack_s('<I4', bucket), of.kept[bucket]
    size = size + 2
    if size == 400 then
      call('HSET', of.name, unpack(list))
      list, size = {}, 0
    end
  end
  if size > 0 then call('HSET', of.name, unpack(list, 1, size)) end
end
return concat(outcomes)
