-- Returns the position of the newest entry of an account's history, and keeps its state alive while clients use it.
--
-- KEYS[1]  the stream, KEYS[2] its state
-- ARGV[1]  the retention in milliseconds

local time = redis.call('TIME')
local millis = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', millis - ARGV[1]))
local state = redis.call('HMGET', KEYS[2], 'epoch', 'number', 'id')
local epoch, number, id = state[1], state[2], state[3]
if not epoch then
  epoch = string.format('%x%05x', time[1], time[2])
  number = 0
  id = string.format('%.0f-0', millis)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'number', number, 'id', id)
end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return epoch .. '-' .. number .. '-' .. id
