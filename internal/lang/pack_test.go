package lang

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
)

// TestPackedTextsAreTheTexts compares every message of every language, and every name, with what comes out of the archive.
func TestPackedTextsAreTheTexts(t *testing.T) {
	b, err := Pack(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Pack(os.DirFS(".")); err != nil || !bytes.Equal(b, again) {
		t.Errorf("the second archive differs: %v", err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := load(archive)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(files.tags, packed.tags); d != "" {
		t.Fatal(d)
	}
	for _, tag := range files.tags {
		p, err := packed.others[tag]()
		if err != nil {
			t.Fatalf("%s: %v", tag, err)
		}
		want := files.Printer(tag)
		if p.tag != tag || !maps.EqualFunc(want.messages, p.messages, func(a, b message) bool { return a.text == b.text && maps.Equal(a.forms, b.forms) }) {
			t.Errorf("%s: other messages: %d, want %d", tag, len(p.messages), len(want.messages))
		}
		if d := cmp.Diff(want.names, p.names); d != "" {
			t.Errorf("%s: other names:\n%s", tag, d)
		}
	}
	if !slices.Contains(files.tags, "mk") || len(files.Printer("mk").messages) < 1000 {
		t.Error("there is nothing to compare")
	}
}

// What is packed says when a language has what English has not, and what is missing stays missing.
func TestPackOfHalf(t *testing.T) {
	f := half(t)
	b, err := Pack(f)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := load(archive)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Printer("mk").Say("a.two"); got != (Said{"Two", English, true}) {
		t.Errorf("what is missing: %+v", got)
	}
	if got := c.Printer("mk").Text("a.one", "x", "па"); got != "Еден па" {
		t.Errorf("got %q", got)
	}
	f["text/mk/a.json"].Data = []byte(`{"a.more": "Повеќе"}`)
	if _, err := Pack(f); !fault.Is(err, fault.Internal) {
		t.Errorf("a key that English lacks: %v", err)
	}
}
