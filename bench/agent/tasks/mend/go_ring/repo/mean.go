package ring

// Mean of the values; 0 without any.
func (r *Ring) Mean() float64 {
	if r.count == 0 {
		return 0
	}
	sum := 0
	for _, value := range r.All() {
		sum += value
	}
	return float64(sum) / float64(r.count)
}
