package subject

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadEmails(t *testing.T) {
	got, err := ReadEmails(strings.NewReader("# staff\na@x.org\n\n b@x.org \n"))
	if err != nil || !slices.Equal(got, []string{"a@x.org", "b@x.org"}) {
		t.Fatal(got, err)
	}
	if _, err := ReadEmails(strings.NewReader("nobody\n")); err == nil {
		t.Fatal("no error for a bad line")
	}
	broken := errors.New("connection reset")
	if _, err := ReadEmails(io.MultiReader(strings.NewReader("a@x.org\n"), iotest.ErrReader(broken))); err == nil {
		t.Fatal("no error for a broken reader")
	}
}
