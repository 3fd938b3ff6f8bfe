package ring

import (
	"slices"
	"testing"
)

func TestFew(t *testing.T) {
	r := New(3)
	r.Add(1)
	r.Add(2)
	if got := r.All(); !slices.Equal(got, []int{1, 2}) {
		t.Fatal(got)
	}
}

func TestMany(t *testing.T) {
	r := New(3)
	for value := 1; value <= 5; value++ {
		r.Add(value)
	}
	if got := r.All(); !slices.Equal(got, []int{3, 4, 5}) {
		t.Fatal(got)
	}
}
