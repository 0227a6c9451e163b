package engine_test

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

// What is not there is told apart from nothing: into bytes it is read as nil, into anything else it is refused.
func TestNoValueIsNotNothing(t *testing.T) {
	db, err := engine.Open(t.Context(), engine.Config{
		Path: filepath.Join(t.TempDir(), "values.db"), Key: bytes.Repeat([]byte{1}, engine.KeySize), Rand: rand.Reader,
		Schema: engine.Schema{FS: fstest.MapFS{"schema/common/00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (a INTEGER);\n")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Writing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var (
		text  = "before"
		raw   = []byte("before")
		long  = int64(7)
		short = int32(7)
		whole = 7
		flag  = true
	)
	fresh := func(value string, dest any) error {
		return s.QueryRow(t.Context(), "SELECT "+value).Scan(dest)
	}
	for value, dest := range map[string]any{"''": &text, "x''": &raw, "0": &long, "+0": &short, "-0": &whole, "false": &flag} {
		if err := fresh(value, dest); err != nil {
			t.Errorf("%s into a %T: %v", value, dest, err)
		}
		err := fresh("NULL", dest)
		if _, bytes := dest.(*[]byte); bytes != (err == nil) {
			t.Errorf("no value into a %T: %v", dest, err)
		}
	}
	if text != "" || long != 0 || short != 0 || whole != 0 || flag {
		t.Errorf("nothing was read as %q, %d, %d, %d, %t", text, long, short, whole, flag)
	}
	if raw != nil {
		t.Errorf("no bytes were read as %q", raw)
	}
	if err := fresh("x''", &raw); err != nil || raw == nil {
		t.Errorf("an empty value was read as no bytes: %v", err)
	}
}
