-- Units. `days`: what was counted, each {action, variant, day, n, high, low}; `before`: each {action, variant, at, value or false};
-- `seen`: variant and day by turns.

local function new_unit(is_id, is_random)
  return {is_id = is_id, is_random = is_random, seen = {}, days = {}, before = {}}
end

local function read_simple(code)
  local place = place_of(floor(code / 2))
  local unit = new_unit(true, code % 2 == 1)
  unit.days[1] = {action = place.action, variant = place.variant, day = place.day, n = 1, high = 0, low = 0}
  if place.exposure then unit.seen = {place.variant, place.day} end
  return unit
end

local function unit_of_list(list)
  local flags, at = list[1], 4
  local unit = new_unit(flags % 2 == 1, floor(flags / 2) % 2 == 1)
  if flags >= 4 then unit.exposed = list[2] end
  for _ = 1, list[3] do
    unit.seen[#unit.seen + 1] = list[at]
    unit.seen[#unit.seen + 1] = list[at + 1]
    at = at + 2
  end
  local count = list[at]
  at = at + 1
  for of = 1, count do
    local place = place_of(list[at])
    unit.days[of] = {action = place.action, variant = place.variant, day = place.day, code = list[at], n = list[at + 1], high = list[at + 2], low = list[at + 3]}
    at = at + 4
  end
  while list[at] ~= nil do
    unit.before[#unit.before + 1] = {action = list[at], variant = list[at + 1], at = list[at + 2], value = list[at + 3]}
    at = at + 4
  end
  return unit
end

local function read_unit(body)
  return unit_of_list(cmsgpack.unpack(body))
end

local function list_of_unit(unit)
  local days = unit.days
  local flags = (unit.is_id and 1 or 0) + (unit.is_random and 2 or 0) + (unit.exposed and 4 or 0)
  local list = {flags, unit.exposed or 0, #unit.seen / 2}
  for _, number in ipairs(unit.seen) do list[#list + 1] = number end
  list[#list + 1] = #days
  for _, of in ipairs(days) do
    local at = #list
    list[at + 1], list[at + 2], list[at + 3], list[at + 4] = of.code or code_of(of.action, of.variant, of.day), of.n, of.high, of.low
  end
  for _, of in ipairs(unit.before) do
    local at = #list
    list[at + 1], list[at + 2], list[at + 3], list[at + 4] = of.action, of.variant, of.at, of.value
  end
  return list
end

local function write_unit(unit)
  local days = unit.days
  if unit.is_id and #days == 1 and days[1].n == 1 and days[1].high == 0 then
    local of = days[1]
    local record = simple(code_of(of.action, of.variant, of.day), unit.is_random and 1 or 0)
    if record then return record end
  end
  return framed(cmsgpack.pack(list_of_unit(unit)))
end

-- The day on which a unit was first seen in a second variant.
local function crossover_day(unit)
  local seen = unit.seen
  if #seen < 4 then return nil end
  local least, second = math.huge, math.huge
  for at = 2, #seen, 2 do
    local day = seen[at]
    if day < least then least, second = day, least elseif day < second then second = day end
  end
  return second
end

local function products(totals, day, class, sign)
  for index, pair in ipairs(pairs_of_actions) do
    for _, total in pairs(totals) do
      if total.action == pair[1] then
        local other = totals[total.variant * 65536 + pair[2]]
        if other then add_products(index, total.variant, day, class, sign, total, other) end
      end
    end
  end
end

-- The increments of each day on which anything happened, so that the sum up to a day is what a unit with the
-- totals of that day contributes to its class on that day.
local function contribute(days, crossover, class, sign)
  if #days == 0 then return end
  local order, is_in = {}, {}
  for _, of in ipairs(days) do
    if not is_in[of.day] then
      is_in[of.day] = true
      order[#order + 1] = of.day
    end
  end
  if crossover and not is_in[crossover] then order[#order + 1] = crossover end
  table.sort(order)
  local totals, former = {}, class
  for step, day in ipairs(order) do
    local now = class
    if crossover and crossover <= day then now = CROSSOVER end
    if has_pairs and step > 1 then products(totals, day, former, -sign) end
    local more = {}
    for _, of in ipairs(days) do
      if of.day == day then
        local key = of.variant * 65536 + of.action
        local add = more[key] or {n = 0, high = 0, low = 0}
        more[key] = add
        add.n = add.n + of.n
        add.high, add.low = plus(add.high, add.low, of.high, of.low)
        if not totals[key] then totals[key] = {action = of.action, variant = of.variant, n = 0, high = 0, low = 0} end
      end
    end
    for key, total in pairs(totals) do
      local add = more[key]
      -- What neither grows nor moves leaves and comes back.
      if add or now ~= former then
        if total.n > 0 then
          add_total(total.action, total.variant, day, former, -sign, total.n, total.high, total.low)
        end
        if add then
          total.n = total.n + add.n
          total.high, total.low = plus(total.high, total.low, add.high, add.low)
        end
        add_total(total.action, total.variant, day, now, sign, total.n, total.high, total.low)
      end
    end
    if has_pairs then products(totals, day, now, sign) end
    former = now
  end
end

local function contribute_unit(unit, sign)
  if #unit.before > 0 then
    local days = {}
    for at, of in ipairs(unit.before) do
      days[at] = {action = of.action, variant = of.variant, day = floor(of.at / DAY), n = 1, high = of.value or 0, low = 0}
    end
    contribute(days, nil, BEFORE, sign)
  end
  local crossover = crossover_day(unit)
  contribute(unit.days, crossover, COUNTED, sign)
  if crossover then
    local sums = change(find_row('x' .. crossover, '<i8', 1))
    sums[1] = sums[1] + sign
  end
end

local function count(unit, action, variant, day, value)
  for _, of in ipairs(unit.days) do
    if of.action == action and of.variant == variant and of.day == day then
      of.n = of.n + 1
      of.high, of.low = plus(of.high, of.low, value, 0)
      return
    end
  end
  unit.days[#unit.days + 1] = {action = action, variant = variant, day = day, n = 1, high = value, low = 0}
end

local function insert(unit, place, at, value)
  local day = place.day
  if not unit.is_id or place.exposure then
    local is_in = false
    for of = 1, #unit.seen, 2 do
      if unit.seen[of] == place.variant then
        unit.seen[of + 1] = math.min(unit.seen[of + 1], day)
        is_in = true
      end
    end
    if not is_in then
      unit.seen[#unit.seen + 1] = place.variant
      unit.seen[#unit.seen + 1] = day
    end
  end
  if unit.is_id then return count(unit, place.action, place.variant, day, value or 0) end
  if place.exposure and not (unit.exposed and unit.exposed <= at) then
    unit.exposed = at
    local before = unit.before
    unit.before = {}
    for _, of in ipairs(before) do
      if of.at < at then
        unit.before[#unit.before + 1] = of
      else
        count(unit, of.action, of.variant, floor(of.at / DAY), of.value or 0)
      end
    end
  end
  if unit.exposed and unit.exposed <= at then
    count(unit, place.action, place.variant, day, value or 0)
  else
    unit.before[#unit.before + 1] = {action = place.action, variant = place.variant, at = at, value = value or false}
  end
end

-- Whether an event only adds to a day that no later one follows, and moves nothing else.
local function is_last(unit, place, at)
  if not unit.is_id then
    if unit.exposed then
      if at < unit.exposed then return false end
    elseif not (place.exposure and #unit.before == 0) then
      return false
    end
  end
  local day = place.day
  for _, of in ipairs(unit.days) do
    if of.day > day then return false end
  end
  local seen = unit.seen
  if #seen == 0 then return true end
  return #seen == 2 and (seen[1] == place.variant or (unit.is_id and not place.exposure)) and seen[2] <= day
end

local function total_of(unit, action, variant)
  local n, high, low = 0, 0, 0
  for _, of in ipairs(unit.days) do
    if of.action == action and of.variant == variant then
      n = n + of.n
      high, low = plus(high, low, of.high, of.low)
    end
  end
  return {n = n, high = high, low = low}
end

-- What one more event adds to the tally of a unit that had `n` of them with this total: the square of the total grows
-- by value × (total before + total after), events × total by (total after + n × value).
local function add_one(sums, n, high, low, value, after_high, after_low)
  sums[1] = sums[1] + 1
  if n == 0 then sums[2] = sums[2] + 1 end
  sums[7], sums[8] = plus(sums[7], sums[8], 2 * n + 1, 0)
  if value ~= 0 or high ~= 0 then
    sums[3], sums[4] = plus(sums[3], sums[4], value, 0)
    if n == 0 then
      local square, rest = two_product(value, value)
      sums[5], sums[6] = plus(sums[5], sums[6], square, rest)
      sums[9], sums[10] = plus(sums[9], sums[10], value, 0)
    else
      local both, rest = plus(high, low, after_high, after_low)
      both, rest = times(value, 0, both, rest)
      sums[5], sums[6] = plus(sums[5], sums[6], both, rest)
      both, rest = two_product(n, value)
      both, rest = plus(both, rest, after_high, after_low)
      sums[9], sums[10] = plus(sums[9], sums[10], both, rest)
    end
  end
end

local function add_last(unit, place, at, value)
  local action, variant, day = place.action, place.variant, place.day
  local before = total_of(unit, action, variant)
  local after = {n = before.n + 1}
  after.high, after.low = plus(before.high, before.low, value or 0, 0)
  add_one(change(row_of(place)), before.n, before.high, before.low, value or 0, after.high, after.low)
  for index, pair in ipairs(pairs_of_actions) do
    if pair[1] == action or pair[2] == action then
      local one, other = total_of(unit, pair[1], variant), total_of(unit, pair[2], variant)
      if one.n > 0 and other.n > 0 then add_products(index, variant, day, COUNTED, -1, one, other) end
      if pair[1] == action then one = after end
      if pair[2] == action then other = after end
      if one.n > 0 and other.n > 0 then add_products(index, variant, day, COUNTED, 1, one, other) end
    end
  end
  insert(unit, place, at, value)
end

local function add_event(unit, place, at, value)
  if is_last(unit, place, at) then return add_last(unit, place, at, value) end
  contribute_unit(unit, -1)
  insert(unit, place, at, value)
  contribute_unit(unit, 1)
end

-- The same for a unit as it is kept, where nothing but a total changes; answers whether it could be done.
local function add_to_list(list, place, at, value)
  if has_pairs or list[1] ~= 4 or list[2] > at or list[3] ~= 1 then return false end
  local variant, day = place.variant, place.day
  if list[4] ~= variant or list[5] > day then return false end
  local action, own = place.action, place_code(place)
  local n, high, low, mine = 0, 0, 0, nil
  local behind = 7 + list[6] * 4
  for entry = 7, behind - 1, 4 do
    local code = list[entry]
    local of = place_of(code)
    if of.day > day then return false end
    if of.action == action and of.variant == variant then
      n = n + list[entry + 1]
      high, low = plus(high, low, list[entry + 2], list[entry + 3])
      if code == own then mine = entry end
    end
  end
  if not mine and list[behind] ~= nil then return false end
  local after_high, after_low = plus(high, low, value, 0)
  add_one(change(row_of(place)), n, high, low, value, after_high, after_low)
  if mine then
    list[mine + 1] = list[mine + 1] + 1
    list[mine + 2], list[mine + 3] = plus(list[mine + 2], list[mine + 3], value, 0)
  else
    list[6] = list[6] + 1
    list[behind], list[behind + 1], list[behind + 2], list[behind + 3] = own, 1, value, 0
  end
  return true
end

