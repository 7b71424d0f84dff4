-- What HOLD means, on Redis: all seats or none, a deadline, one answer for one key.
--
-- KEYS[1]    the idempotency key: remembered for a day, with what was asked and what was answered
-- KEYS[2..]  the seats: taken while they exist, free when their time is over
-- ARGV[1]    the holder
-- ARGV[2]    how long the hold lives, in milliseconds
--
-- It leaves out what HOLD does besides: limits for holders, an order of changes that can be read again, labels
-- checked against a map. So it does less than what it is compared with.

local RETENTION_MS = 86400000

local asked = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. table.concat(KEYS, ' ', 2)

local known = redis.call('GET', KEYS[1])
if known then
  local line_end = string.find(known, '\n', 1, true)
  if string.sub(known, 1, line_end - 1) ~= asked then
    return redis.error_reply('KEYREUSED the key was used for something else')
  end
  local answer = string.sub(known, line_end + 1)
  if string.sub(answer, 1, 5) == 'TAKEN' then
    return redis.error_reply(answer)
  end
  return answer
end

local taken = {}
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    taken[#taken + 1] = KEYS[i] .. ' held'
  end
end
if #taken > 0 then
  local answer = 'TAKEN ' .. table.concat(taken, ', ')
  redis.call('SET', KEYS[1], asked .. '\n' .. answer, 'PX', RETENTION_MS)
  return redis.error_reply(answer)
end

local hold = redis.call('INCR', 'version')
local now = redis.call('TIME')
local expires_at = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2]
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], hold, 'PX', ARGV[2])
end
redis.call('SET', 'hold:' .. hold, asked, 'PX', ARGV[2])
local answer = string.format('hold %d expires_at %.0f version %d seats %s', hold, expires_at, hold,
  table.concat(KEYS, ' ', 2))
redis.call('SET', KEYS[1], asked .. '\n' .. answer, 'PX', RETENTION_MS)
return answer
