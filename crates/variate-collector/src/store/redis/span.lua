-- When the first and the last event of a shard happened, and whether it was removed.
-- KEYS[1]: the shard's main key. ARGV[1]: 1 if it was opened, 0 if it may not be yet

local meta = call('HMGET', main, 'first', 'last', 'dead', 'open', 'codes', 'iy', 'ny', 'uy')
if not meta[3] then
  if not meta[4] and ARGV[1] == '1' then return redis.error_reply('DAMAGED ' .. main) end
  local error = lost(meta[1], meta[5], meta[6], meta[7], meta[8])
  if error then return error end
end
return {meta[1], meta[2], meta[3]}
