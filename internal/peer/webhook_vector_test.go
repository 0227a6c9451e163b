package peer_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/spectest"
	"github.com/opentrm/opentrm/internal/webhook"
)

// TestWebhookVectors makes bodies and signatures of spec/testdata/webhook, one of which is the convention's own. What cannot be an identifier is
// never written.
func TestWebhookVectors(t *testing.T) {
	schema := spectest.Compiled(t, "webhook-body")
	bytesOf := func(t *testing.T, prefix, s string) []byte {
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, prefix))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	spectest.Vectors(t, "../../spec/testdata/webhook", func(t *testing.T, v spectest.Vector) error {
		body := []byte(v["body"])
		if v["type"] != "" {
			number := func(name string) int64 {
				n, err := strconv.ParseInt(v[name], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			made, err := webhook.Item{
				Type: v["type"], Object: v["object"], Epoch: number("epoch"), Sequence: number("sequence"), At: frame.Time(number("at")), ID: id.Delivery(v["id"]),
			}.Body()
			if err != nil {
				return err
			}
			if string(made) != v["body"] {
				t.Errorf("body\n%s, want\n%s", made, v["body"])
			}
			if err := spectest.Fits(schema, made); err != nil {
				t.Error(err)
			}
		}
		var secrets [][]byte
		for s := range strings.FieldsSeq(v["secrets"]) {
			secrets = append(secrets, bytesOf(t, "whsec_", s))
		}
		seed := bytesOf(t, "", v["seed"])
		if got := peer.Signatures(v["id"], v["stamp"], body, secrets, seed); got != v["signature"] {
			t.Errorf("signature\n%s, want\n%s", got, v["signature"])
		}
		if len(seed) > 0 && string(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)) != string(bytesOf(t, "whpk_", v["public"])) {
			t.Error("the public key is another")
		}
		return nil
	})
}
