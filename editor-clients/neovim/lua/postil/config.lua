-- The options: their defaults, and what is wrong with those that somebody gave.
local M = {}

---@class postil.Options
M.defaults = {
  -- Whether `setup` enables the server.
  enable = true,
  -- The server's command.
  cmd = { 'postil', 'serve', '--stdio' },
  -- Where it is attached.
  filetypes = {
    'bash', 'c', 'cpp', 'cs', 'css', 'dart', 'elixir', 'erlang', 'go', 'haskell', 'html', 'java', 'javascript',
    'javascriptreact', 'julia', 'kotlin', 'lua', 'modelfile', 'ocaml', 'perl', 'php', 'python', 'r', 'ruby', 'rust',
    'scala', 'sh', 'sql', 'swift', 'typescript', 'typescriptreact', 'vue', 'zig', 'zsh',
  },
  -- The folder that has one of these is the workspace.
  root_markers = { 'postil.toml', '.postil', '.git' },
  -- Settings of the server's, as in postil.toml. Only what stands here is sent.
  settings = {},
  -- Fixes and rewrites are shown as a difference before they apply.
  preview = true,
  quickfix = {
    -- The list is opened when a review that you asked for has found something.
    open = true,
  },
  ghost_text = {
    enabled = true,
    -- Milliseconds of quiet before the server is asked.
    debounce = 75,
    -- File types without.
    disabled_filetypes = {},
    -- Neovim's own inline completion where it has one (0.12).
    native = true,
    -- Keys of insert mode, mapped only while there is ghost text (`trigger`: always); false for none.
    keys = {
      accept = '<Tab>',
      accept_word = '<C-Right>',
      accept_line = '<C-Down>',
      next = '<M-]>',
      previous = '<M-[>',
      dismiss = '<C-]>',
      trigger = '<M-\\>',
    },
  },
}

-- Options whose value is not of the default's type alone.
local ACCEPTS = {
  ['ghost_text.debounce'] = function(value)
    return type(value) == 'number' and value >= 0 and value <= 10000, 'milliseconds from 0 to 10000'
  end,
  cmd = function(value)
    return type(value) == 'table' and #value > 0 and M.texts(value), 'a list of texts, the program first'
  end,
  settings = function(value)
    return type(value) == 'table' and (next(value) == nil or not vim.islist(value)), 'a table with keys of postil.toml'
  end,
}

local given, options, problems = {}, vim.deepcopy(M.defaults), {}

---@return boolean
function M.texts(value)
  return type(value) == 'table' and vim.islist(value) and vim.iter(value):all(function(one)
    return type(one) == 'string'
  end)
end

local function accepted(path, value, default)
  if ACCEPTS[path] then
    return ACCEPTS[path](value)
  end
  if path:find('^ghost_text%.keys%.') then
    return value == false or type(value) == 'string' and value ~= '', 'a key, or false for none'
  end
  if type(default) == 'table' then
    return M.texts(value), 'a list of texts'
  end
  return type(value) == type(default), 'a ' .. type(default)
end

local function is_section(path, default)
  return type(default) == 'table' and not vim.islist(default) and path ~= 'settings'
end

local function known_as(key, defaults)
  local names = vim.tbl_keys(defaults)
  table.sort(names)
  local near = vim.fn.matchfuzzy(names, key)
  if #near == 0 then
    near = vim.tbl_filter(function(name)
      return name:sub(1, 1) == key:sub(1, 1) and math.abs(#name - #key) <= 1
    end, names)
  end
  return #near == 1 and ('did you mean `%s`?'):format(near[1]) or 'known are ' .. table.concat(names, ', ')
end

local function merge(path, defaults, values)
  local merged = vim.deepcopy(defaults)
  for key, value in pairs(values) do
    local name = path .. tostring(key)
    local default = defaults[key]
    if default == nil then
      table.insert(problems, ('unknown option `%s`: %s'):format(name, known_as(tostring(key), defaults)))
    elseif is_section(name, default) then
      if type(value) == 'table' and (next(value) == nil or not vim.islist(value)) then
        merged[key] = merge(name .. '.', default, value)
      else
        table.insert(problems, ('`%s` is a table of options, not %s'):format(name, vim.inspect(value)))
      end
    else
      local right, wanted = accepted(name, value, default)
      if right then
        merged[key] = vim.deepcopy(value)
      else
        table.insert(problems, ('`%s` is %s, not %s'):format(name, wanted, vim.inspect(value)))
      end
    end
  end
  return merged
end

---@param values? table
function M.set(values)
  problems = {}
  if values ~= nil and type(values) ~= 'table' then
    table.insert(problems, 'setup takes a table, not ' .. vim.inspect(values))
    values = nil
  end
  given = values or {}
  options = merge('', M.defaults, given)
end

---@return postil.Options
function M.get()
  return options
end

--- What is wrong with the options, a sentence each.
---@return string[]
function M.problems()
  return problems
end

function M.tell()
  if #problems > 0 then
    table.sort(problems)
    local text = table.concat(problems, '\n  ')
    require('postil.tell').error('wrong options, their defaults count (:help postil-options):\n  ' .. text)
  end
end

return M
