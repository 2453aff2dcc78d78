// Package docs holds the documentation. Its tests compile the examples and
// hold the language reference against the language.
package docs

import _ "embed"

// Language is the reference of the language, in Markdown. carpool(5) is
// written from it.
//
//go:embed language.md
var Language string
