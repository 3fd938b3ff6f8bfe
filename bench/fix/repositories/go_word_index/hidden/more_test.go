package index

import (
	"reflect"
	"testing"
)

func TestTwice(t *testing.T) {
	if got := filled().Search("the THE"); !reflect.DeepEqual(got, []int{0, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestOnlyUnknown(t *testing.T) {
	if got := filled().Search("horse"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if got := filled().Search("horse dog cow"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
