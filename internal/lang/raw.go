//go:build !packed

package lang

import (
	"embed"
	"io/fs"
)

//go:embed text cldr
var raw embed.FS

// files returns the texts and names as they stand in the source.
func files() (fs.FS, error) { return raw, nil }
