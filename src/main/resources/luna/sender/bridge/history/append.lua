-- Appends a payload to the history of an account, and publishes it with its position.
--
-- KEYS[1]  the stream     {prefix}.history:{account}       (the braces around the account are part of the name)
-- KEYS[2]  its state      {prefix}.history.state:{account}
-- KEYS[3]  the lease of the recorder; publishers and the recorder of a Cluster leave it out
-- ARGV[1]  the payload
-- ARGV[2]  the live channel {prefix}.live:{account}
-- ARGV[3]  the maximum number of entries, ARGV[4] the retention in milliseconds
-- ARGV[5]  PUBLISH, or SPUBLISH with sharded channels
-- ARGV[6]  with KEYS[3] the token of the lease, in a Cluster the fence of the recorder; publishers leave it empty
-- ARGV[7]  p for a payload, or g if ARGV[1] is a gap: "{from} {to}" in milliseconds since 1970
-- ARGV[8]  the proposed epoch, ARGV[9] the proposed number, ARGV[10] the proposed id: used if they continue the history
-- ARGV[11] the turn of this call, which the one before it has set, ARGV[12] the turn of the next call; only with a fence
-- Returns the position of the entry: {epoch}-{number}-{milliseconds}-{sequence}

if KEYS[3] and redis.call('GET', KEYS[3]) ~= ARGV[6] then
  return redis.error_reply('STALE the lease of the recorder has another owner')
end
local time = redis.call('TIME')
local millis = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[2], 'epoch', 'number', 'fence', 'turn')
local fence = not KEYS[3] and tonumber(ARGV[6] or '')
if fence and (tonumber(state[3]) ~= fence or state[4] ~= ARGV[11]) then
  return redis.error_reply('STALE the fence of the account is ' .. (state[3] or 0) .. ', its turn ' .. (state[4] or 0))
end
local epoch, number = state[1], tonumber(state[2] or 0)
if not epoch then
  epoch = string.format('%x%05x', time[1], time[2])
  redis.call('DEL', KEYS[1])
end
number = number + 1
local field = ARGV[7] or 'p'
local id
if ARGV[8] == epoch and tonumber(ARGV[9]) == number then
  local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', ARGV[3], ARGV[10], 'n', number, field, ARGV[1])
  id = type(added) == 'string' and added
end
id = id or redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'n', number, field, ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', millis - ARGV[4]))
redis.call('HSET', KEYS[2], 'epoch', epoch, 'number', number, 'id', id)
if fence then
  redis.call('HSET', KEYS[2], 'turn', ARGV[12])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local position = epoch .. '-' .. number .. '-' .. id
redis.call(ARGV[5], ARGV[2], position .. (field == 'g' and '\n#' or '\n') .. ARGV[1])
return position
