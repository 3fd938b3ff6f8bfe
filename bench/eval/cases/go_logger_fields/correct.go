package subject

import (
	"fmt"
	"io"
)

// Field is a key with its value in a log line.
type Field struct {
	Key   string
	Value any
}

// Logger writes lines to Out that end with its fields.
type Logger struct {
	Out    io.Writer
	fields []Field
}

// With returns a logger that has the extra fields as well. The receiver and other
// loggers made from it stay as they are.
func (l *Logger) With(extra ...Field) *Logger {
	fields := append(l.fields[:len(l.fields):len(l.fields)], extra...)
	return &Logger{Out: l.Out, fields: fields}
}

// Info writes one line: the message, quoted, and the fields.
func (l *Logger) Info(message string) error {
	line := fmt.Appendf(nil, "msg=%q", message)
	for _, field := range l.fields {
		line = fmt.Appendf(line, " %s=%q", field.Key, fmt.Sprint(field.Value))
	}
	_, err := l.Out.Write(append(line, '\n'))
	return err
}
