package index

// Index holds the numbers of the documents of each word.
type Index struct {
	documents map[string]map[int]bool
	count     int
}

// New returns an empty index.
func New() *Index {
	return &Index{documents: map[string]map[int]bool{}}
}

// Add puts a document into the index and returns its number.
func (x *Index) Add(text string) int {
	number := x.count
	x.count++
	for _, word := range Words(text) {
		if x.documents[word] == nil {
			x.documents[word] = map[int]bool{}
		}
		x.documents[word][number] = true
	}
	return number
}
