package subject

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

type sink struct {
	bytes.Buffer
	closed int
	err    error
}

func (s *sink) Close() error {
	s.closed++
	return s.err
}

func TestSaveSettings(t *testing.T) {
	good := &sink{}
	if err := SaveSettings(good, Settings{"dark", 12}); err != nil || good.closed != 1 {
		t.Fatalf("good: %v, closed %d", err, good.closed)
	}
	if !strings.Contains(good.String(), `"theme": "dark"`) {
		t.Fatal(good.String())
	}
	if err := SaveSettings(&sink{}, Settings{"dark", 0}); err == nil {
		t.Fatal("bad font size accepted")
	}
	full := &sink{err: errors.New("disk full")}
	if err := SaveSettings(full, Settings{"dark", 12}); !errors.Is(err, full.err) {
		t.Fatalf("full: %v", err)
	}
}
