package backup

import (
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

func written(t *testing.T, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// manifests returns one of each class.
func manifests(t *testing.T) (content, keys Manifest) {
	t.Helper()
	content = Manifest{
		Format: 1, Class: Content, Member: "MK", Pair: "0123456789abcdefghjkmnpqr0", Created: testTime, Signer: signer(t, "MK").Public().ID(),
	}
	keys = content
	keys.Class, keys.Expires, keys.Recovery = Keys, content.Created.Add(KeysKept), recovery(t).Public().ID()
	return content, keys
}

// erasures is a list with a kind of a later version.
func erasures(t *testing.T) signedList {
	t.Helper()
	l := list{Format: 1, Member: "MK", Made: testTime, Erased: []erased{
		{"018f6b1e-7c00-7000-8000-0123456789ab", "case", testTime - 2},
		{"0123456789abcdefghjkmnpqr0.sender", "referral", testTime - 1},
		{"zyxwvtsrqpnmkjhgfedcba9870", "later-kind", testTime},
	}}
	return signedList{l, signer(t, "MK").Sign(seal.DomainErasure, written(t, l))}
}

// TestSchemas compares the schemas that spec/backup.md publishes with what is read here.
func TestSchemas(t *testing.T) {
	content, keys := manifests(t)
	spectest.Compare(t, spectest.Form{
		Schema: "backup-manifest", Texts: [][]byte{written(t, content), written(t, keys)},
		Read: func(b []byte) error {
			var m Manifest
			if err := frame.Decode(b, maxHead, &m); err != nil {
				return err
			}
			return m.Check()
		},
		Beyond: []spectest.Rule{{
			Page: "backup.md", Says: "35 days after created for keys",
			Broken: func(v spectest.Value) bool {
				created := frame.Time(v.At("created").Number())
				return v.At("class").Text() == "keys" && v.At("expires").Number() != int64(created.Add(KeysKept))
			},
		}},
	})
	spectest.Compare(t, spectest.Form{
		Schema: "erasure-list", Texts: [][]byte{written(t, erasures(t)), written(t, signedList{
			list{Format: 1, Member: id.Member("MD"), Made: testTime, Erased: []erased{}}, erasures(t).Signature,
		})},
		Read: func(b []byte) error { _, err := parseErasures(b); return err },
	})
}
