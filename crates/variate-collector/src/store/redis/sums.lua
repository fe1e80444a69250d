-- Sums in two numbers each, as `sum.rs` has them.

local function two_product(a, b)
  local product = a * b
  local t = 134217729 * a
  local a_high = t - (t - a)
  local a_low = a - a_high
  t = 134217729 * b
  local b_high = t - (t - b)
  local b_low = b - b_high
  return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
end

local function times(high, low, other_high, other_low)
  local product, fault = two_product(high, other_high)
  local rest = fault + (high * other_low + (low * other_high + low * other_low))
  local sum = product + rest
  return sum, rest - (sum - product)
end

local function plus(high, low, other_high, other_low)
  local sum = high + other_high
  local a = sum - other_high
  local b = sum - a
  local sum_fault = (high - a) + (other_high - b)
  local rest = low + other_low
  a = rest - other_low
  b = rest - a
  local rest_fault = (low - a) + (other_low - b)
  local more = sum_fault + rest
  local whole = sum + more
  more = rest_fault + (more - (whole - sum))
  sum = whole + more
  return sum, more - (sum - whole)
end

local function add_to(sums, at, high, low)
  sums[at], sums[at + 1] = plus(sums[at], sums[at + 1], high, low)
end

