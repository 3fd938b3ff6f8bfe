-- What a conversation must ask before it writes or runs: the difference or the command on the page, then a choice.
local M = {}

local CONTEXT = 3

local function ended(text)
  return (text == '' or vim.endswith(text, '\n')) and text or text .. '\n'
end

--- What a call would do, in lines.
---@param content table[] of the call
---@return string[]
function M.lines(content)
  local lines = {}
  for _, one in ipairs(content or {}) do
    if one.type == 'diff' then
      local name = vim.fn.fnamemodify(one.path, ':~:.')
      local hunks = vim.diff(ended(one.oldText or ''), ended(one.newText), { ctxlen = CONTEXT })
      vim.list_extend(lines, { '```diff', '--- ' .. (one.oldText and name or '/dev/null'), '+++ ' .. name })
      vim.list_extend(lines, vim.split(hunks --[[@as string]], '\n', { trimempty = true }))
      table.insert(lines, '```')
    elseif one.type == 'content' and one.content and one.content.type == 'text' then
      vim.list_extend(lines, vim.split(one.content.text, '\n', { plain = true }))
    end
  end
  return lines
end

--- `done` gets the outcome, once.
---@param page postil.AgentPage
---@param params table of `session/request_permission`
---@param done fun(outcome: table)
---@return fun() cancel answers for the user: the turn is over
function M.ask(page, params, done)
  local open = true
  local function answer(outcome)
    if open then
      open = false
      done(outcome)
    end
  end
  local call = params.toolCall
  page:call(call)
  page:lines(M.lines(call.content))
  page:show()
  vim.cmd.redraw()
  -- In a moment: Neovim's own list waits for a number, and what has just come is drawn first.
  vim.schedule(function()
    vim.ui.select(params.options, {
      prompt = ('Postil: %s?'):format(tostring(call.title or 'go on'):gsub('%s+', ' ')),
      format_item = function(option)
        return option.name
      end,
    }, function(option)
      answer(option and { outcome = 'selected', optionId = option.optionId } or { outcome = 'cancelled' })
    end)
  end)
  return function()
    answer({ outcome = 'cancelled' })
  end
end

return M
