package ownview

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

// TestVectors: what a second country reads of codes and capsules (spec/own-view.md).
func TestVectors(t *testing.T) {
	kinds := map[string]int{}
	spectest.Vectors(t, "../../spec/testdata/own-view", func(t *testing.T, v spectest.Vector) error {
		kinds[v["kind-of"]]++
		if v["spec"] != "own-view 1.0.0" || v["what"] == "" {
			t.Error("the header names no spec or does not say what is tried")
		}
		if v["kind-of"] == "capsule" {
			b := bytesOf(t, v["plain"])
			c, err := ParseCapsule(b)
			if err != nil {
				return err
			}
			if again, err := c.Encode(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("written again: %x, %v", again, err)
			}
			return nil
		}
		code, err := seal.ParseCode(v["typed"])
		if err != nil {
			return err
		}
		if code.Text() != v["code"] || code.Lookup() != v["lookup"] || string(code.KEM().Public().ID()) != v["public"] {
			t.Errorf("%s, %s, %s", code.Text(), code.Lookup(), code.KEM().Public().ID())
		}
		if v["kind-of"] == "code" {
			return nil
		}
		plain, err := code.KEM().Open(info(id.Member(v["member"]), code.Lookup()), nil, bytesOf(t, v["sealed"]))
		if err != nil {
			return err
		}
		if !bytes.Equal(plain, bytesOf(t, v["plain"])) {
			t.Errorf("opened: %x", plain)
		}
		_, err = ParseCapsule(plain)
		return err
	})
	for _, k := range []string{"code", "capsule", "sealed"} {
		if kinds[k] < 2 {
			t.Errorf("%d vectors of kind %s", kinds[k], k)
		}
	}
}

// bytesOf reads hex.
func bytesOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
