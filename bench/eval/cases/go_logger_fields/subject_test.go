package subject

import (
	"strings"
	"testing"
)

func TestWith(t *testing.T) {
	var out strings.Builder
	parent := &Logger{Out: &out, fields: append(make([]Field, 0, 8), Field{"app", "shop"})}
	first := parent.With(Field{"order", 1})
	second := parent.With(Field{"order", 2})
	for _, logger := range []*Logger{parent, first, second} {
		if err := logger.Info("sa\"ved"); err != nil {
			t.Fatal(err)
		}
	}
	want := "msg=\"sa\\\"ved\" app=\"shop\"\n" +
		"msg=\"sa\\\"ved\" app=\"shop\" order=\"1\"\n" +
		"msg=\"sa\\\"ved\" app=\"shop\" order=\"2\"\n"
	if out.String() != want {
		t.Fatal(out.String())
	}
}
