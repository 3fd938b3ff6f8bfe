-- The keys of ghost text: a key is ours only while there is some, and what it was before comes back.
local M = {}

local config = require('postil.config')

local ACTIONS = {
  accept = function(ghost)
    ghost.accept('all')
  end,
  accept_word = function(ghost)
    ghost.accept('word')
  end,
  accept_line = function(ghost)
    ghost.accept('line')
  end,
  next = function(ghost)
    ghost.cycle(1)
  end,
  previous = function(ghost)
    ghost.cycle(-1)
  end,
  dismiss = function(ghost)
    ghost.dismiss()
  end,
}

-- By buffer: what was mapped there, by key.
local held = {}

local function set(buf, lhs, name, action)
  vim.keymap.set('i', lhs, function()
    action(require('postil.ghost'))
  end, { buffer = buf, nowait = true, desc = 'Postil: ' .. name:gsub('_', ' ') })
end

function M.hold(buf)
  if held[buf] then
    return
  end
  held[buf] = {}
  for name, action in pairs(ACTIONS) do
    local lhs = config.get().ghost_text.keys[name]
    if lhs then
      local before = vim.fn.maparg(lhs, 'i', false, true)
      held[buf][lhs] = before.buffer == 1 and before or false
      set(buf, lhs, name, action)
    end
  end
end

function M.release(buf)
  local keys = held[buf]
  held[buf] = nil
  if not keys or not vim.api.nvim_buf_is_valid(buf) then
    return
  end
  vim.api.nvim_buf_call(buf, function()
    for lhs, before in pairs(keys) do
      pcall(vim.keymap.del, 'i', lhs, { buffer = buf })
      if before then
        vim.fn.mapset('i', false, before)
      end
    end
  end)
end

--- The key that asks for ghost text: there always, unless it is somebody's already.
function M.trigger(buf)
  local lhs = config.get().ghost_text.keys.trigger
  if lhs and vim.fn.maparg(lhs, 'i') == '' then
    set(buf, lhs, 'trigger', function(ghost)
      ghost.trigger()
    end)
  end
end

return M
