local COUNTED, BEFORE, CROSSOVER = 0, 1, 2
local DAY = 86400000
-- How many codes were given.
local codes = tonumber(call('HGET', main, 'codes') or 0)

-- Rows: what is kept of a place, with numbers of its own.

local CELL = '<' .. string.rep('i8i8dddddddd', 3)
local PAIR = '<' .. string.rep('dddddddd', 3)
local rows, changed_rows = {}, {}

local function find_row(key, format, size)
  local row = rows[key]
  if not row then
    local kept = call('HGET', base .. 'r', key)
    row = {key = key, format = format, changed = false, new = 0}
    if kept then
      row.sums = {unpack_s(format, kept)}
      row.sums[size + 1] = nil
    else
      row.sums = {}
      for at = 1, size do row.sums[at] = 0 end
    end
    rows[key] = row
  end
  return row
end

local function change(row)
  if not row.changed then
    row.changed = true
    changed_rows[#changed_rows + 1] = row
  end
  return row.sums
end

local function cell(action, variant, day)
  return find_row(action .. ',' .. variant .. ',' .. day, CELL, 30)
end

-- What one unit contributes to a place: added, or taken away with the sign -1.
local function add_total(action, variant, day, class, sign, n, high, low)
  local sums = change(cell(action, variant, day))
  local at = class * 10
  sums[at + 1] = sums[at + 1] + sign * n
  sums[at + 2] = sums[at + 2] + sign
  add_to(sums, at + 7, sign * n * n, 0)
  if high ~= 0 then
    add_to(sums, at + 3, sign * high, sign * low)
    local square, rest = times(high, low, high, low)
    add_to(sums, at + 5, sign * square, sign * rest)
    square, rest = times(n, 0, high, low)
    add_to(sums, at + 9, sign * square, sign * rest)
  end
end

local pairs_of_actions = {}
for at = 1, #ARGV[2], 4 do
  local one, other = unpack_s('<I2I2', ARGV[2], at)
  pairs_of_actions[#pairs_of_actions + 1] = {one, other}
end
local has_pairs = #pairs_of_actions > 0

local function add_products(index, variant, day, class, sign, one, other)
  local sums = change(find_row('p' .. (index - 1) .. ',' .. variant .. ',' .. day, PAIR, 24))
  local at = class * 8
  local function add(offset, high, low, other_high, other_low)
    local product, rest = times(high, low, other_high, other_low)
    add_to(sums, at + offset, sign * product, sign * rest)
  end
  add(1, one.n, 0, other.n, 0)
  add(3, one.n, 0, other.high, other.low)
  add(5, one.high, one.low, other.n, 0)
  add(7, one.high, one.low, other.high, other.low)
end

-- Codes: a number for each action, variant and day that a record names.

local places, new_codes = {}, {}

local function place_of(code)
  local place = places[code]
  if not place then
    local action, variant, day, exposure = unpack_s('<I2I2I4I1', call('HGET', base .. 'c', code))
    place = {action = action, variant = variant, day = day, exposure = exposure == 1, code = code}
    places[code] = place
  end
  return place
end

local exposures = {}

local function code_of(action, variant, day)
  local row = cell(action, variant, day)
  if not row.code then
    local key = 'k' .. row.key
    row.code = tonumber(call('HGET', base .. 'c', key))
    if not row.code then
      row.code = codes
      codes = codes + 1
      local exposure = exposures[action]
      places[row.code] = {action = action, variant = variant, day = day, exposure = exposure, code = row.code}
      new_codes[#new_codes + 1] = key
      new_codes[#new_codes + 1] = row.code
      new_codes[#new_codes + 1] = row.code
      new_codes[#new_codes + 1] = pack_s('<I2I2I4I1', action, variant, day, exposure and 1 or 0)
    end
  end
  return row.code
end

-- The same for a place of this batch or of a record, which remember it.
local function row_of(place)
  local row = place.row
  if not row then
    row = cell(place.action, place.variant, place.day)
    place.row = row
  end
  return row
end

local function place_code(place)
  local code = place.code
  if not code then
    code = code_of(place.action, place.variant, place.day)
    place.code = code
  end
  return code
end

