package frame_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// TestVectors reads every file of spec/testdata/frame: a header of "name: value" lines, an empty line, and
// the body before a last line end.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("../../spec/testdata/frame/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			head, body, ok := bytes.Cut(b, []byte("\n\n"))
			if !ok || !bytes.HasSuffix(body, []byte("\n")) {
				t.Fatal("no header, or no line end after the body")
			}
			body = body[:len(body)-1]
			v := map[string]string{}
			for line := range strings.Lines(string(head)) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				v[name] = value
			}
			if v["spec"] != "frame 1.0.0" || v["what"] == "" {
				t.Error("the header names no spec or does not say what is tried")
			}
			if v["encoding"] == "hex" {
				if body, err = hex.DecodeString(string(body)); err != nil {
					t.Fatal(err)
				}
			}
			got := "accept"
			if err := tryVector(t, v, body); err != nil {
				_, key, _ := fault.Public(err)
				got = "refuse " + fault.KindOf(err).String() + " " + key
			}
			if got != v["must"] {
				t.Errorf("got %q, must %q", got, v["must"])
			}
		})
	}
}

// tryVector returns how the body is refused. What is accepted must encode to the same bytes.
func tryVector(t *testing.T, v map[string]string, body []byte) error {
	t.Helper()
	switch v["kind"] {
	case "json":
		if err := frame.Check(body); err != nil {
			return err
		}
		var value any
		if err := frame.Decode(body, len(body), &value); err != nil {
			t.Errorf("canonical, and yet not decoded: %v", err)
		}
		return nil
	case "parts":
		n, err := strconv.Atoi(v["count"])
		if err != nil {
			t.Fatal(err)
		}
		parts, err := frame.Split(body, n)
		if err == nil && !bytes.Equal(frame.Join(parts...), body) {
			t.Errorf("joins back as %x", frame.Join(parts...))
		}
		return err
	default:
		t.Fatalf("unknown kind %q", v["kind"])
		return nil
	}
}
