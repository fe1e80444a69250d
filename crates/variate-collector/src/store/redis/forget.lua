-- Takes a namespace out of the set of namespaces of which the experiments are lost; answers 1, or 0 if they are there.
-- KEYS: the set, the namespace's hash of experiments. ARGV: the namespace

if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SREM', KEYS[1], ARGV[1])
return 1
