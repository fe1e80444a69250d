-- Begins a store where there is none and one may be begun, and answers what is there.
--
-- KEYS: the format, the mark, the secret, the number given last, the set of namespaces, the hash of what is to be removed
-- ARGV: for a new store the format, the mark, the secret (empty: it is not kept here); 1 if one may be begun
-- Answers the format, the mark and the secret, each nothing if there is none; nothing at all where there is no store.

local call = redis.call
local function check(key, expected)
  local kind = call('TYPE', key).ok
  if kind ~= 'none' and kind ~= expected then error({err = 'WRONGTYPE ' .. key .. ' is a ' .. kind .. ', not a ' .. expected}) end
end
for at = 1, 4 do check(KEYS[at], 'string') end
check(KEYS[5], 'set')
check(KEYS[6], 'hash')
if call('EXISTS', unpack(KEYS)) == 0 then
  if ARGV[4] ~= '1' then return false end
  call('SET', KEYS[1], ARGV[1])
  call('SET', KEYS[2], ARGV[2])
  if ARGV[3] ~= '' then call('SET', KEYS[3], ARGV[3]) end
  -- There from the beginning, so that it is seen where they are lost; no namespace has the empty name.
  call('SET', KEYS[4], '0')
  call('SADD', KEYS[5], '')
end
return {call('GET', KEYS[1]), call('GET', KEYS[2]), call('GET', KEYS[3])}
