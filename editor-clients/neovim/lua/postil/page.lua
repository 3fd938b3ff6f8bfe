-- Pages: texts in a window beside the code, that may grow while one reads them.
local M = {}

-- As often as the server writes.
local POLL_MS = 250
-- Narrower than twice this, a page stands below the code, not beside it.
local SIDE_COLUMNS = 80

local function buffer(name)
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buf) == name then
      return buf
    end
  end
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buf, name)
  -- What a model has written sets no options: a buffer without a file has no modelines.
  vim.bo[buf].bufhidden = 'hide'
  return buf
end

local function fill(buf, lines)
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
end

local function window(buf, focus)
  local there = vim.fn.win_findbuf(buf)[1]
  if there then
    if focus then
      vim.api.nvim_set_current_win(there)
    end
    return there
  end
  local direction = vim.o.columns >= 2 * SIDE_COLUMNS and 'right' or 'below'
  local made = vim.api.nvim_open_win(buf, focus, { split = direction, win = 0 })
  vim.wo[made].wrap = true
  vim.wo[made].linebreak = true
  vim.api.nvim_buf_call(buf, function()
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, desc = 'Postil: close the page' })
  end)
  return made
end

--- A text of ours.
---@param name string
---@param lines string[]
---@param filetype? string
function M.show(name, lines, filetype)
  local buf = buffer('postil://' .. name)
  fill(buf, lines)
  if filetype then
    vim.bo[buf].filetype = filetype
  end
  window(buf, true)
  return buf
end

-- The lines, and what tells another state of the file from this one: looked at first, so that no change is missed.
local function read(path)
  local stat = vim.uv.fs_stat(path)
  local file = stat and io.open(path, 'r')
  if not file then
    return nil
  end
  local text = file:read('*a')
  file:close()
  local state = ('%d %d.%d %d'):format(stat.size, stat.mtime.sec, stat.mtime.nsec, stat.ino)
  return vim.split((text:gsub('\n$', '')), '\n', { plain = true }), state
end

--- A page that grows by what is appended to it, in its window; it takes no focus.
---@param name string
---@return integer buf
function M.grow(name)
  local buf = buffer('postil://' .. name)
  vim.bo[buf].modifiable = false
  vim.bo[buf].filetype = 'markdown'
  window(buf, false)
  return buf
end

-- Where the cursor stands at the end, it stays there.
local function follow(buf, change)
  local count = vim.api.nvim_buf_line_count(buf)
  local following = vim.tbl_filter(function(win)
    return vim.api.nvim_win_get_cursor(win)[1] == count
  end, vim.fn.win_findbuf(buf))
  vim.bo[buf].modifiable = true
  change(count)
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  for _, win in ipairs(following) do
    vim.api.nvim_win_set_cursor(win, { vim.api.nvim_buf_line_count(buf), 0 })
  end
end

---@param buf integer
---@param text? string behind what is there; none empties the page
function M.append(buf, text)
  if not vim.api.nvim_buf_is_valid(buf) then
    return
  end
  follow(buf, function(count)
    if not text then
      return vim.api.nvim_buf_set_lines(buf, 0, -1, false, {})
    end
    local lines = vim.split(text:gsub('\r', ''), '\n', { plain = true })
    vim.api.nvim_buf_set_text(buf, count - 1, -1, count - 1, -1, lines)
  end)
end

---@param buf integer
---@param row integer 0-based
---@param line string
function M.change(buf, row, line)
  follow(buf, function()
    -- The text alone, so that marks stay.
    vim.api.nvim_buf_set_text(buf, row, 0, row, -1, { line })
  end)
end

local watching = {}

--- A file that the server writes: read again whenever it has changed, as long as its window is there.
---@param path string
---@return boolean
function M.file(path)
  local lines, state = read(path)
  if not lines then
    return false
  end
  local buf = buffer('postil://' .. vim.fs.basename(path))
  fill(buf, lines)
  vim.bo[buf].filetype = 'markdown'
  window(buf, false)
  if watching[buf] then
    return true
  end
  local timer = assert(vim.uv.new_timer())
  watching[buf] = true
  timer:start(POLL_MS, POLL_MS, vim.schedule_wrap(function()
    if not (vim.api.nvim_buf_is_valid(buf) and #vim.fn.win_findbuf(buf) > 0) then
      if not timer:is_closing() then
        timer:close()
        watching[buf] = nil
      end
      return
    end
    local again, newer = read(path)
    if again and newer ~= state then
      state = newer
      fill(buf, again)
    end
  end))
  return true
end

return M
