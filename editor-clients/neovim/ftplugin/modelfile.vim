" Ollama's Modelfiles: how a comment is written.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
setlocal commentstring=#\ %s comments=b:#
let b:undo_ftplugin = 'setlocal commentstring< comments<'
