package index

import (
	"reflect"
	"testing"
)

func filled() *Index {
	x := New()
	x.Add("The cat sat on the mat.")
	x.Add("A dog and a cat")
	x.Add("The dog")
	return x
}

func TestOneWord(t *testing.T) {
	if got := filled().Search("Cat"); !reflect.DeepEqual(got, []int{0, 1}) {
		t.Errorf("got %v", got)
	}
}

func TestAllWords(t *testing.T) {
	if got := filled().Search("dog, cat"); !reflect.DeepEqual(got, []int{1}) {
		t.Errorf("got %v", got)
	}
}

func TestUnknownWord(t *testing.T) {
	if got := filled().Search("cat horse"); len(got) != 0 {
		t.Errorf("no document has both words, got %v", got)
	}
}
