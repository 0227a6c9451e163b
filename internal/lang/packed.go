//go:build packed

package lang

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strings"
)

// texts is made by scripts/release.
//
//go:embed texts.zip
var texts string

// forTests says whether the two languages for tests are there. They are in no release.
const forTests = false

// files returns the texts and names as scripts/release packed them: a file is unpacked when it is read.
func files() (fs.FS, error) { return zip.NewReader(strings.NewReader(texts), int64(len(texts))) }
