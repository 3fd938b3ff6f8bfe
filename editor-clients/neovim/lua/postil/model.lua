-- The models: chosen for reviews until Neovim ends, pulled and removed.
local M = {}

local server = require('postil.server')
local settings = require('postil.settings')
local tell = require('postil.tell')

-- What `:Postil model <Tab>` knows.
M.known = {}

---@param done fun(rows: { name: string, engine: string, size?: integer, loaded: any }[])
function M.fetch(done)
  server.execute('postil.models', {}, function(stores)
    local rows = {}
    M.known = {}
    for _, store in ipairs(stores) do
      for _, model in ipairs(store.models) do
        local size = type(model.size) == 'number' and model.size or nil
        local loaded = type(model.loaded) == 'table'
        table.insert(rows, { name = model.name, engine = store.engine, size = size, loaded = loaded })
        if not vim.list_contains(M.known, model.name) then
          table.insert(M.known, model.name)
        end
      end
    end
    done(rows)
  end)
end

local function take(client, name)
  settings.change(client, { ['model.review'] = name })
  tell.info(('reviews with %s until Neovim ends. To keep it: model.review in postil.toml'):format(name))
end

---@param done? fun() once it is here
function M.pull(name, done)
  tell.info(('pulls %s; :Postil cancel stops it'):format(name))
  server.execute('postil.pullModel', { name }, function(whole)
    if not whole then
      tell.warn(('%s is not whole yet; pulled again, it goes on from there'):format(name))
    else
      tell.info(name .. ' is here')
      if done then
        done()
      end
    end
  end)
end

--- Chooses the model of reviews; one that isn't here is pulled first.
function M.use(name)
  local client = server.wanted(0)
  if not client then
    return
  end
  M.fetch(function(rows)
    for _, row in ipairs(rows) do
      if row.name == name and row.size then
        return take(client, name)
      end
    end
    M.pull(name, function()
      take(client, name)
    end)
  end)
end

function M.remove(name)
  server.execute('postil.removeModel', { name }, function(said)
    tell.info(said)
  end)
end

function M.choose()
  M.fetch(function(rows)
    vim.ui.select(rows, {
      prompt = 'Postil: the model of reviews',
      format_item = function(row)
        local size = row.size and ('%.1f GB'):format(row.size / 1e9) or 'not here: pulled when chosen'
        return ('%s (%s, %s%s)'):format(row.name, row.engine, size, row.loaded and ', in memory' or '')
      end,
    }, function(row)
      if row then
        M.use(row.name)
      end
    end)
  end)
end

return M
