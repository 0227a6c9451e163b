//go:build !packed

package lang

import (
	"embed"
	"io/fs"
)

//go:embed text cldr
var raw embed.FS

// forTests says whether the two languages for tests are there. They are in no release.
const forTests = true

// files returns the texts and names as they stand in the source.
func files() (fs.FS, error) { return raw, nil }
