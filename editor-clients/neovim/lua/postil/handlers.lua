-- Who answers what the server sends of its own account.
local M = {}

-- By LSP's MessageType.
local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG }

---@return table<string, lsp.Handler>
function M.all()
  return {
    ['postil/status'] = function(_, status, context)
      require('postil.status').told(context.client_id, status)
    end,
    ['postil/reviewed'] = function(_, run)
      require('postil.quickfix').reviewed(run)
    end,
    ['postil/input'] = function(_, asked)
      return require('postil.input').answer(asked)
    end,
    -- Neovim's own ends each with an empty line, and so with a prompt.
    ['window/showMessage'] = function(_, params)
      vim.notify(params.message, LEVELS[params.type] or vim.log.levels.INFO)
    end,
    ['workspace/applyEdit'] = function(_, params, context)
      return require('postil.actions').apply(params, context)
    end,
    ['window/showDocument'] = function(err, params, context)
      if params.external or params.takeFocus then
        return vim.lsp.handlers['window/showDocument'](err, params, context)
      end
      return { success = require('postil.page').file(vim.uri_to_fname(params.uri)) }
    end,
  }
end

return M
