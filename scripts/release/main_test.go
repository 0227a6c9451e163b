package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackedTextsAreTheTexts compares every file with what comes out of the archive, which is the same each time.
func TestPackedTextsAreTheTexts(t *testing.T) {
	root := os.DirFS(filepath.Join("..", "..", texts))
	b, err := pack(root)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := pack(root); err != nil || !bytes.Equal(b, again) {
		t.Errorf("the second archive differs: %v", err)
	}
	from, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, pattern := range []string{"cldr/*.json", "text/*.json", "text/*/*.json"} {
		names, err := fs.Glob(root, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: nothing: %v", pattern, err)
		}
		for _, name := range names {
			var want, got any
			for _, x := range []struct {
				from fs.FS
				into *any
			}{{root, &want}, {from, &got}} {
				b, err := fs.ReadFile(x.from, name)
				if err == nil {
					err = json.Unmarshal(b, x.into)
				}
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s differs:\n%s", name, d)
			}
			count++
		}
	}
	if count != len(from.File) {
		t.Errorf("%d files are packed, of %d", len(from.File), count)
	}
}
