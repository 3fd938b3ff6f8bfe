" Ollama's Modelfiles; what is wrong with them the server says.
if exists('b:current_syntax')
  finish
endif
syntax case ignore
syntax match modelfileComment /^\s*#.*/ contains=modelfileHeader
syntax match modelfileHeader /^\s*#:\s*\zs[a-z-]\+\ze:/ contained
syntax keyword modelfileCommand FROM PARAMETER TEMPLATE SYSTEM ADAPTER LICENSE MESSAGE RENDERER PARSER REQUIRES
syntax region modelfileString start=/"""/ end=/"""/
syntax region modelfileString start=/"\%(""\)\@!/ end=/"/ oneline
syntax match modelfileNumber /\<-\?\d\+\%(\.\d\+\)\?\>/
highlight default link modelfileComment Comment
highlight default link modelfileHeader Special
highlight default link modelfileCommand Keyword
highlight default link modelfileString String
highlight default link modelfileNumber Number
let b:current_syntax = 'modelfile'
