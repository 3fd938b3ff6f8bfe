package index

import "sort"

// Search returns the numbers of the documents that have all words of the query, sorted.
func (x *Index) Search(query string) []int {
	counts := map[int]int{}
	words := unique(Words(query))
	for _, word := range words {
		documents, known := x.documents[word]
		if !known {
			return nil
		}
		for number := range documents {
			counts[number]++
		}
	}
	wanted := 0
	for _, word := range words {
		if x.documents[word] != nil {
			wanted++
		}
	}
	var found []int
	for number, count := range counts {
		if count == wanted {
			found = append(found, number)
		}
	}
	sort.Ints(found)
	return found
}

func unique(words []string) []string {
	seen := map[string]bool{}
	var found []string
	for _, word := range words {
		if !seen[word] {
			seen[word] = true
			found = append(found, word)
		}
	}
	return found
}
