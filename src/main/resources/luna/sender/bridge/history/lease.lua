-- Acquires, renews or releases the lease of the recorder.
--
-- KEYS[1]  the lease, KEYS[2] the time until which the recorders have appended every event
-- KEYS[3]  the fence of the last acquisition; only in a Cluster
-- ARGV[1]  the caller's former token
-- ARGV[2]  its new token: another one to acquire the lease, the same to renew it, or empty to release it
-- ARGV[3]  the duration of the lease in milliseconds, or 0 to change nothing
-- ARGV[4]  the new value of KEYS[2], or empty to keep the old one; to acquire the lease, the value if there is none
-- ARGV[5]  the retention in milliseconds
-- ARGV[6]  the least value of the new fence; only with KEYS[3]
-- Returns whether the caller had or got the lease (1 or 0), the time in milliseconds, the old value of KEYS[2] or an empty text,
-- the milliseconds until the lease of another owner expires, and the new fence if the lease was acquired with KEYS[3], otherwise 0

local time = redis.call('TIME')
local millis = time[1] * 1000 + math.floor(time[2] / 1000)
local heard = redis.call('GET', KEYS[2]) or ''
local owner = redis.call('GET', KEYS[1])
local acquires = ARGV[2] ~= '' and ARGV[1] ~= ARGV[2]
if owner ~= ARGV[1] and owner ~= ARGV[2] and (owner or not acquires) then
  return {0, millis, heard, redis.call('PTTL', KEYS[1]), 0}
end
if ARGV[3] == '0' then
  return {1, millis, heard, 0, 0}
end
if acquires then
  redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5], 'NX')
elseif ARGV[4] ~= '' then
  redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
local fence = 0
if acquires and KEYS[3] then
  fence = math.max(millis, ARGV[6], (redis.call('GET', KEYS[3]) or 0) + 1)
  redis.call('SET', KEYS[3], string.format('%.0f', fence))
end
return {1, millis, heard, 0, fence}
