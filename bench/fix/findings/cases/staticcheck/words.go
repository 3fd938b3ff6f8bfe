// Package words counts words and compares texts.
package words

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// Count is how often each word is in a file.
func Count(path string) (map[string]int, error) {
	file, err := os.Open(path)
	defer file.Close()
	if err != nil {
		return nil, err
	}
	found := map[string]int{}
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		for _, word := range strings.Fields(scanner.Text()) {
			found[strings.ToLower(word)]++
		}
	}
	return found, scanner.Err()
}

// First is the first word that is longer than the limit, "" without one.
func First(words []string, limit int) string {
	for _, word := range words {
		if len(word) > limit {
			return word
		}
		break
	}
	return ""
}

// Matching are the words that the pattern matches.
func Matching(words []string, pattern string) []string {
	var found []string
	for _, word := range words {
		if ok, _ := regexp.MatchString(pattern, word); ok {
			found = append(found, word)
		}
	}
	return found
}

// Longest is the longest word and how many are as long.
func Longest(words []string) (string, int) {
	longest, count := "", 0
	for _, word := range words {
		if len(word) > len(longest) {
			longest, count := word, 1
			fmt.Println("longest so far", longest, count)
		}
	}
	total := len(words)
	total = count
	return longest, total
}

// Poll asks until the answer is yes.
func Poll(ask func() bool) {
	for {
		select {
		case <-time.After(time.Second):
			if ask() {
				break
			}
		}
	}
}

// Title is a text with a capital letter at the beginning of each word.
func Title(text string) string {
	return strings.Title(text)
}
