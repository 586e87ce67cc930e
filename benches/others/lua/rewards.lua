-- The rewards in Lua, a batch at a time: flat tables in, a flat table out.

local exp, sqrt, floor, atan2 = math.exp, math.sqrt, math.floor, math.atan2
local STRIDE = { 0.31, -0.22, 0.17, 0.05, -0.31, 0.22, -0.17, -0.05 }
local MAP = {}
for cell = 0, 255 do
    MAP[cell] = ((cell * 37 + 11) % 201) / 100 - 1
end

local function clamp(x, low, high)
    if x < low then
        return low
    elseif x > high then
        return high
    end
    return x
end

local rewards = {}

function rewards.locomotion(rows, observation, action, out)
    for row = 0, rows - 1 do
        local o, a, f = row * 17, row * 6, row * 4
        local stride, swing, speed, effort = 0, 0, 0, 0
        for i = 1, 8 do
            local joint, rate = observation[o + i], observation[o + 8 + i]
            stride = stride + STRIDE[i] * joint
            swing = swing + joint * rate
            speed = speed + rate * rate
        end
        for i = 1, 6 do
            local torque = action[a + i]
            effort = effort + torque * torque
        end
        local lift = observation[o + 17] - 1.25
        out[f + 1] = stride + 0.1 * swing
        out[f + 2] = exp(-4 * lift * lift)
        out[f + 3] = -sqrt(effort)
        out[f + 4] = exp(-0.1 * speed)
    end
end

function rewards.pendulum(rows, observation, action, out)
    for row = 0, rows - 1 do
        local o, f = row * 3, row * 3
        local angle = atan2(observation[o + 2], observation[o + 1])
        local velocity = observation[o + 3]
        local torque = clamp(action[row + 1], -2, 2)
        out[f + 1] = -angle * angle
        out[f + 2] = -velocity * velocity
        out[f + 3] = -torque * torque
    end
end

function rewards.nearest(rows, observation, action, out)
    for row = 0, rows - 1 do
        local o, f = row * 62, row * 2
        local x, y = observation[o + 1], observation[o + 2]
        local nearest, crowd = 1, 0
        for i = o + 3, o + 61, 2 do
            local dx, dy = observation[i] - x, observation[i + 1] - y
            local squared = dx * dx + dy * dy
            if squared < nearest then
                nearest = squared
            end
            if squared < 0.09 then
                crowd = crowd - 1
            end
        end
        out[f + 1] = sqrt(nearest)
        out[f + 2] = crowd
    end
end

function rewards.lookup(rows, observation, action, out)
    for row = 0, rows - 1 do
        local column = floor(clamp(observation[2 * row + 1], 0, 15))
        local line = floor(clamp(observation[2 * row + 2], 0, 15))
        out[row + 1] = MAP[line * 16 + column]
    end
end

return rewards
