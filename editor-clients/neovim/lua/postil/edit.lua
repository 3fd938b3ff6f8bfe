-- A WorkspaceEdit as the texts that it would leave behind.
local M = {}

---@class postil.Change
---@field uri string
---@field path string
---@field before string[] lines
---@field after string[] lines
---@field tick? integer the buffer's changedtick, where there is a buffer
---@field language string

local function buffer_of(uri)
  local buf = vim.fn.bufnr(vim.uri_to_fname(uri))
  return buf > 0 and vim.api.nvim_buf_is_loaded(buf) and buf or nil
end

local function lines_of(uri)
  local buf = buffer_of(uri)
  if buf then
    return vim.api.nvim_buf_get_lines(buf, 0, -1, false), buf
  end
  local path = vim.uri_to_fname(uri)
  return vim.fn.filereadable(path) == 1 and vim.fn.readfile(path) or {}, nil
end

--- Lines with text edits made, in a buffer of our own that nobody sees.
local function applied(lines, edits, encoding)
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, lines)
  vim.lsp.util.apply_text_edits(vim.deepcopy(edits), scratch, encoding)
  local after = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  return after
end

--- What each file would be. Files that are made are there with no lines before.
---@param edit lsp.WorkspaceEdit
---@param encoding string
---@return postil.Change[]
function M.changes(edit, encoding)
  local by_uri, order = {}, {}
  local function add(uri, edits)
    if not by_uri[uri] then
      by_uri[uri] = {}
      table.insert(order, uri)
    end
    vim.list_extend(by_uri[uri], edits)
  end
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.textDocument then
      add(change.textDocument.uri, change.edits)
    elseif change.kind == 'create' then
      add(change.uri, {})
    end
  end
  if not edit.documentChanges then
    for uri, edits in pairs(edit.changes or {}) do
      add(uri, edits)
    end
  end
  return vim.tbl_map(function(uri)
    local before, buf = lines_of(uri)
    local path = vim.uri_to_fname(uri)
    return {
      uri = uri,
      path = path,
      before = before,
      after = applied(before, by_uri[uri], encoding),
      tick = buf and vim.api.nvim_buf_get_changedtick(buf) or nil,
      language = buf and vim.bo[buf].filetype or vim.filetype.match({ filename = path }) or '',
    }
  end, order)
end

--- The first of the files that has changed since; nil when all are as they were.
---@param changes postil.Change[]
---@return string? path
function M.moved(changes)
  for _, change in ipairs(changes) do
    local buf = buffer_of(change.uri)
    local tick = buf and vim.api.nvim_buf_get_changedtick(buf) or nil
    if change.tick ~= tick and not vim.deep_equal(lines_of(change.uri), change.before) then
      return change.path
    end
  end
end

return M
