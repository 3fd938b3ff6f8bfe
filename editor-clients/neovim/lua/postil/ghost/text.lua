-- What ghost text is cut into, and how it fits around brackets that stand behind the cursor already.
local M = {}

-- Bytes of a word; those of other scripts' characters count as such.
local WORD = '[%w_\128-\255]'

--- The next word with what stands before it.
---@param text string
---@return string
function M.word(text)
  local space = text:match('^%s*')
  local rest = text:sub(#space + 1)
  local word = rest:match('^' .. WORD .. '+') or rest:match('^[^%w_%s\128-\255]+') or ''
  return space .. word
end

--- The next line; where the text begins with a line's end, that with the line behind it.
---@param text string
---@return string
function M.line(text)
  return text:match('^\n*[^\n]*')
end

--- How many bytes of `covered` (what the text replaces behind the cursor) a part of the text brings along.
---@param text string
---@param covered string
---@return integer
function M.brought(text, covered)
  local from, count = 1, 0
  for place = 1, #covered do
    local found = text:find(covered:sub(place, place), from, true)
    if not found then
      break
    end
    from, count = found + 1, place
  end
  return count
end

--- The first line of the text as it stands around what it covers: pieces, each before so many covered bytes.
---@param text string
---@param covered string
---@return { at: integer, text: string }[]
function M.pieces(text, covered)
  local line = text:match('^[^\n]*')
  if M.brought(text, covered) < #covered then
    return { { at = 0, text = line } }
  end
  local pieces, from = {}, 1
  for place = 1, #covered do
    local found = line:find(covered:sub(place, place), from, true)
    if not found then
      break
    end
    table.insert(pieces, { at = place - 1, text = line:sub(from, found - 1) })
    from = found + 1
  end
  table.insert(pieces, { at = #pieces, text = line:sub(from) })
  return vim.tbl_filter(function(piece)
    return piece.text ~= ''
  end, pieces)
end

--- Tabs as they are seen: virtual text knows none.
---@param text string
---@param column integer screen column of its beginning, 0-based
---@param width integer 'tabstop'
---@return string
function M.tabs(text, column, width)
  local shown = ''
  for before, tab in text:gmatch('([^\t]*)(\t?)') do
    shown = shown .. before
    if tab ~= '' then
      shown = shown .. (' '):rep(width - (column + vim.api.nvim_strwidth(shown)) % width)
    end
  end
  return shown
end

return M
