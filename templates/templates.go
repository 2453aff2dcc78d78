// Package templates holds what is rendered: a tree that mirrors the root of a
// host. Files ending in .tmpl are text/template files; the others are copied
// as they are.
package templates

import "embed"

// FS is the tree.
//
//go:embed boot etc usr
var FS embed.FS
