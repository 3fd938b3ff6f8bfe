// Package ring keeps the latest values.
package ring

// Ring holds as many values as it was made for; older ones go.
type Ring struct {
	values []int
	first  int
	count  int
}

// New makes one for `size` values.
func New(size int) *Ring {
	return &Ring{values: make([]int, size)}
}

// Add takes a value in, and the oldest out where it is full.
func (r *Ring) Add(value int) {
	r.values[r.first+r.count] = value
	if r.count < len(r.values) {
		r.count++
	} else {
		r.first = (r.first + 1) % len(r.values)
	}
}

// All values, the oldest first.
func (r *Ring) All() []int {
	found := make([]int, 0, r.count)
	for at := 0; at < r.count; at++ {
		found = append(found, r.values[(r.first+at)%len(r.values)])
	}
	return found
}
