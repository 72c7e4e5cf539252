-- Raises the fence of an account in a Cluster, where append.lua cannot read the lease. Calls with an older fence have no effect from
-- then on.
--
-- KEYS[1]  the stream, KEYS[2] its state
-- ARGV[1]  the fence, ARGV[2] the turn of the next call of append.lua, ARGV[3] the retention in milliseconds

local fence = redis.call('HMGET', KEYS[2], 'fence')[1] or 0
if tonumber(fence) > tonumber(ARGV[1]) then
  return redis.error_reply('STALE the fence of the account is ' .. fence)
end
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'turn', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return redis.status_reply('OK')
