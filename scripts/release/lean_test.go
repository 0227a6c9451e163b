package main

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesAreDrawnWithFewerWords: every generated page of the source is one that leanly knows all of, and what comes out is Go.
func TestPagesAreDrawnWithFewerWords(t *testing.T) {
	names, err := filepath.Glob("../../internal/*/*_templ.go")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d pages: %v", len(names), err)
	}
	var before, after int
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code, err := leanly(string(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := format.Source([]byte(code)); err != nil {
			t.Errorf("%s, shorter: %v", name, err)
		}
		for _, left := range []string{"templ.JoinStringErrs(", "templ.ResolveAttributeValue(", "templ.JoinURLErrs(", "templruntime.ReleaseBuffer("} {
			if strings.Contains(code, left) {
				t.Logf("%s: %s is still written out %d times", name, left, strings.Count(code, left))
			}
		}
		before, after = before+len(b), after+len(code)
	}
	if after > before*2/3 {
		t.Errorf("%d bytes of pages became %d", before, after)
	}
}

// TestAnotherTemplIsSeen: with a templ that writes its files in another way the program would only be larger. Somebody is to look at it.
func TestAnotherTemplIsSeen(t *testing.T) {
	b, err := os.ReadFile("../../internal/page/chart_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{
		strings.Replace(string(b), "templ_7745c5c3_Err = templruntime.WriteString(templ_7745c5c3_Buffer, 1,", "templ_7745c5c3_Err = templruntime.WriteString(templ_7745c5c3_Buffer,", 1),
		strings.Replace(string(b), "ctx = templ.InitializeContext(ctx)", "ctx = templ.InitializeContext(ctx, 1)", 1),
		strings.Replace(string(b), "templruntime", "runtime", 1),
	} {
		if _, err := leanly(other); other == string(b) || err == nil {
			t.Errorf("a file that is written in another way was taken for one that is known")
		}
	}
}
