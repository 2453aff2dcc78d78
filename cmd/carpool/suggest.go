package main

import "github.com/agext/levenshtein"

// nearest returns the word that was probably meant, or "".
func nearest(given string, words []string) string {
	best, distance := "", 1+max(len(given)/3, 1)
	for _, word := range words {
		if d := levenshtein.Distance(given, word, nil); d < distance {
			best, distance = word, d
		}
	}
	return best
}

// didYouMean words the suggestion as the end of a sentence, "" if there is
// none; prefix stands before the word.
func didYouMean(given string, words []string, prefix string) string {
	if word := nearest(given, words); word != "" {
		return "; did you mean " + prefix + word + "?"
	}
	return ""
}
