-- Appends an entry under its old position, if a new master lacks it. Publishes it, because it may not have arrived.
--
-- KEYS[1]  the stream, KEYS[2] its state
-- KEYS[3]  the lease of the recorder; the recorder of a Cluster leaves it out
-- ARGV[1]  the payload, or the gap
-- ARGV[2]  the live channel
-- ARGV[3]  the maximum number of entries, ARGV[4] the retention in milliseconds
-- ARGV[5]  PUBLISH, or SPUBLISH with sharded channels
-- ARGV[6]  with KEYS[3] the token of the lease, in a Cluster the fence of the recorder
-- ARGV[7]  the epoch, ARGV[8] the number, ARGV[9] the id
-- ARGV[10] the name of the field: p for a payload, g for a gap
-- Returns 1 if the entry was appended, or 0 if the history has an entry of this number, or entries of another epoch

if KEYS[3] and redis.call('GET', KEYS[3]) ~= ARGV[6] then
  return redis.error_reply('STALE the lease of the recorder has another owner')
end
local state = redis.call('HMGET', KEYS[2], 'epoch', 'number', 'fence')
if not KEYS[3] and tonumber(state[3]) ~= tonumber(ARGV[6]) then
  return redis.error_reply('STALE the fence of the account is ' .. (state[3] or 0))
end
local number = tonumber(state[2] or 0)
if number > 0 and (state[1] ~= ARGV[7] or number >= tonumber(ARGV[8])) then
  return 0
end
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], ARGV[9], 'n', ARGV[8], ARGV[10], ARGV[1])
redis.call('HSET', KEYS[2], 'epoch', ARGV[7], 'number', ARGV[8], 'id', ARGV[9])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local body = ARGV[10] == 'g' and '#' .. ARGV[1] or ARGV[1]
redis.call(ARGV[5], ARGV[2], ARGV[7] .. '-' .. ARGV[8] .. '-' .. ARGV[9] .. '\n' .. body)
return 1
