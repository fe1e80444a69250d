-- Puts namespaces that have experiments into the set of namespaces.
-- KEYS: the set, the hash of experiments of each. ARGV: the namespaces

redis.call('SADD', KEYS[1], '')
for at = 1, #ARGV do
  if redis.call('EXISTS', KEYS[at + 1]) == 1 then redis.call('SADD', KEYS[1], ARGV[at]) end
end
return 1
