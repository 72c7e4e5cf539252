-- Raises the fence of an account in a Cluster, where append.lua cannot read the lease. Calls with an older fence have no effect from
-- then on.
--
-- KEYS[1]  the stream, KEYS[2] its state
-- ARGV[1]  the fence, ARGV[2] the retention in milliseconds

local fence = redis.call('HGET', KEYS[2], 'fence') or 0
if tonumber(fence) > tonumber(ARGV[1]) then
  return redis.error_reply('STALE the fence of the account is ' .. fence)
end
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'turn', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.status_reply('OK')
