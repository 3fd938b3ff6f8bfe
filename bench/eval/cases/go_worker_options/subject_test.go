package subject

import (
	"strings"
	"testing"
	"time"
)

func parse(text string) (Options, error) {
	settings, err := ReadSettings(strings.NewReader(text))
	if err != nil {
		return Options{}, err
	}
	return ParseOptions(settings)
}

func TestOptions(t *testing.T) {
	for text, want := range map[string]Options{
		"queue = mail":                                  {"mail", 4, 30 * time.Second, true},
		"# x\n\nqueue=a\nworkers = 8\nretry=off":        {"a", 8, 30 * time.Second, false},
		"queue=a\nqueue=b\ntimeout = 2m\nworkers=1":     {"b", 1, 2 * time.Minute, true},
		"queue=a\nworkers=64\nretry = on\ntimeout=1.5s": {"a", 64, 1500 * time.Millisecond, true},
	} {
		got, err := parse(text)
		if err != nil || got != want {
			t.Fatalf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "queue", "queue=a\nworkers=0", "queue=a\nworkers=65", "queue=a\nworkers=x",
		"queue=a\ntimeout=0s", "queue=a\ntimeout=5", "queue=a\nretry=yes",
	} {
		if _, err := parse(text); err == nil {
			t.Fatalf("%q: no error", text)
		}
	}
}
