-- What must be there of a shard, by what its main key knows of it; all of it may be nothing. Answers an error that names the key that
-- was lost, as an eviction loses it, or nothing.
local function lost(first, codes, ids, notes, units)
  local keys = {}
  if first then keys[1] = base .. 'r' end
  for name, size in pairs({c = codes or 0, i = ids or 0, n = notes or 0, u = units or 0}) do
    if tonumber(size) > 0 then keys[#keys + 1] = base .. name end
  end
  if #keys == 0 or call('EXISTS', unpack(keys)) == #keys then return nil end
  for _, key in ipairs(keys) do
    if call('EXISTS', key) == 0 then return redis.error_reply('DAMAGED ' .. key) end
  end
end

