-- Files for a conversation, as this Neovim has them: unsaved changes are read, and edits come into buffers.
local M = {}

-- As the server reads files.
local MOST_BYTES = 20000000

-- What has been changed on the disk is read again, where nothing is unsaved.
local function fresh(buf)
  if not vim.bo[buf].modified then
    pcall(vim.cmd.checktime, { args = { tostring(buf) }, mods = { silent = true, emsg_silent = true } })
  end
end

--- All buffers below a folder, as they are on the disk now.
---@param folder string
function M.refresh(folder)
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buf)
    if vim.api.nvim_buf_is_loaded(buf) and vim.bo[buf].buftype == '' and vim.startswith(name, folder .. '/') then
      fresh(buf)
    end
  end
end

---@return integer? buf a loaded one
local function buffer_of(path)
  local buf = vim.fn.bufnr('^' .. vim.fn.escape(path, '\\*?[]{},') .. '$')
  return buf > 0 and vim.api.nvim_buf_is_loaded(buf) and buf or nil
end

local function line_end(buf)
  return vim.bo[buf].fileformat == 'dos' and '\r\n' or '\n'
end

--- A text as it would be written, or why there is none.
---@param path string
---@return string?, string? why
function M.read(path)
  local buf = buffer_of(path)
  if buf then
    fresh(buf)
    local text = table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), line_end(buf))
    local ends = vim.bo[buf].endofline or vim.bo[buf].fixendofline
    return text .. (ends and text ~= '' and line_end(buf) or '')
  end
  local stat = vim.uv.fs_stat(path)
  if not stat or stat.type ~= 'file' or stat.size > MOST_BYTES then
    return nil, 'there is no such file, or it is too large'
  end
  local file, why = io.open(path, 'rb')
  if not file then
    return nil, why
  end
  local text = file:read('*a')
  file:close()
  return text
end

---@param folder string the conversation's
---@param path string
---@return boolean
function M.inside(folder, path)
  local top = vim.uv.fs_realpath(folder)
  local parent, missing = vim.fs.dirname(path), true
  while missing and parent ~= vim.fs.dirname(parent) do
    missing = vim.uv.fs_stat(parent) == nil
    parent = missing and vim.fs.dirname(parent) or parent
  end
  local real = vim.uv.fs_realpath(path) or vim.uv.fs_realpath(parent)
  return top ~= nil and real ~= nil and not path:find('/../', 1, true) and (real == top or vim.startswith(real, top .. '/'))
end

--- Replaces the lines that differ, so that marks and the cursor stay where they are, and saves.
---@param folder string
---@param path string
---@param text string
---@return string? why it wasn't written
function M.write(folder, path, text)
  if not M.inside(folder, path) then
    return 'permission denied: the file is outside of the workspace'
  end
  local buf = buffer_of(path)
  if not buf then
    buf = vim.fn.bufadd(path)
    vim.fn.bufload(buf)
  end
  if vim.bo[buf].readonly or not vim.bo[buf].modifiable then
    return 'permission denied: the buffer is read-only'
  end
  local lines = vim.split(text, '\n', { plain = true })
  local ends = lines[#lines] == ''
  if ends and #lines > 1 then
    table.remove(lines)
  end
  if vim.bo[buf].fileformat == 'dos' then
    lines = vim.tbl_map(function(line)
      return (line:gsub('\r$', ''))
    end, lines)
  end
  local was = vim.bo[buf].modified
  local before = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  local first, last = 0, 0
  while first < math.min(#before, #lines) and before[first + 1] == lines[first + 1] do
    first = first + 1
  end
  while last < math.min(#before, #lines) - first and before[#before - last] == lines[#lines - last] do
    last = last + 1
  end
  vim.api.nvim_buf_set_lines(buf, first, #before - last, false, vim.list_slice(lines, first + 1, #lines - last))
  vim.bo[buf].endofline = ends
  if not ends then
    vim.bo[buf].fixendofline = false
  end
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  local done, why = pcall(vim.api.nvim_buf_call, buf, function()
    -- "!": a question whether to write could be answered by nobody here.
    vim.cmd('silent keepalt write!')
  end)
  if not done then
    vim.api.nvim_buf_set_lines(buf, 0, -1, false, before)
    vim.bo[buf].modified = was
    return tostring(why)
  end
end

return M
