package ring

import (
	"slices"
	"testing"
)

func TestRoundAndRound(t *testing.T) {
	r := New(4)
	for value := 0; value < 100; value++ {
		r.Add(value)
	}
	if got := r.All(); !slices.Equal(got, []int{96, 97, 98, 99}) {
		t.Fatal(got)
	}
	if r.Mean() != 97.5 {
		t.Fatal(r.Mean())
	}
}

func TestOne(t *testing.T) {
	r := New(1)
	r.Add(7)
	r.Add(8)
	if got := r.All(); !slices.Equal(got, []int{8}) {
		t.Fatal(got)
	}
}
