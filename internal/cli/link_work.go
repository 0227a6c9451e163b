package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/fold"
)

// digest is one of all that decides what a comparison finds: the files, what their columns hold, and how names are read.
func (in *input) digest(c *linkCommand) []byte {
	fmt.Fprintf(in.sum, "\nfold %d, method %d, review %d", fold.SoundVersion, linkMethod, c.Review)
	for _, x := range in.columns {
		fmt.Fprintf(in.sum, "\n%q %q", x.Name, x.Kind)
	}
	return in.sum.Sum(nil)
}

// linkMethod is counted up when package link would find other pairs in the same file.
const linkMethod = 1

// work is a directory in which is kept what stages of a comparison found.
type work struct{ dir string }

// workAt opens a directory of work, or makes one. It fails with [fault.Invalid] "link.work" if what is in it is of other files, or if it
// cannot be written.
func workAt(dir string, digest []byte) (work, error) {
	of := filepath.Join(dir, "of")
	want := []byte(hex.EncodeToString(digest) + "\n")
	got, err := os.ReadFile(of)
	switch {
	case err == nil && bytes.Equal(got, want):
		return work{dir}, nil
	case err == nil:
		return work{}, fault.New(fault.Invalid, "link.work")
	case !os.IsNotExist(err):
		return work{}, fault.Wrap(fault.Invalid, "link.work", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return work{}, fault.Wrap(fault.Invalid, "link.work", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 { // somebody else's
		return work{}, fault.New(fault.Invalid, "link.work")
	}
	if err := os.WriteFile(of, want, 0o600); err != nil {
		return work{}, fault.Wrap(fault.Invalid, "link.work", err)
	}
	return work{dir}, nil
}

func (w work) path(stage string) string {
	name := sha256.Sum256([]byte(stage)) // columns may be called anything
	return filepath.Join(w.dir, hex.EncodeToString(name[:8]))
}

// Load returns what a stage found, or nil.
func (w work) Load(stage string) []byte {
	b, err := os.ReadFile(w.path(stage))
	if err != nil {
		return nil
	}
	return b
}

// Save writes what a stage found.
func (w work) Save(stage string, found []byte) error {
	part := w.path(stage) + ".part"
	err := os.WriteFile(part, found, 0o600)
	if err == nil {
		err = os.Rename(part, w.path(stage))
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, "link.work", err)
	}
	return nil
}
