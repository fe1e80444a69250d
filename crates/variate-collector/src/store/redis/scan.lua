-- Some of the keys of the node on which the directory is, which may have other data as well.
-- KEYS: the set of namespaces, for its place. ARGV: where to go on, what the keys look like

return redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000)
