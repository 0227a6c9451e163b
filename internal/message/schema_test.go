package message

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

func encoded(t *testing.T, all ...any) [][]byte {
	t.Helper()
	out := make([][]byte, len(all))
	for i, v := range all {
		var err error
		if out[i], err = frame.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestSchemas compares the schemas that spec/message.md publishes with what is read here.
func TestSchemas(t *testing.T) {
	const one, other = "0123456789abcdefghjkmnpqr0", "zyxwvtsrqpnmkjhgfedcba9870"
	spectest.Compare(t, spectest.Form{
		Schema: "body-message", Texts: encoded(t, body{Message: one}, body{Message: one, Referral: other}),
		Read: func(b []byte) error {
			_, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
			return err
		},
	})
	spectest.Compare(t, spectest.Form{
		Schema: "message-letter", Texts: encoded(t, wire{formatTag, one, other, "sr-Latn", "dva\nreda"}),
		Read: func(b []byte) error { _, err := parseLetter(b); return err },
		Beyond: []spectest.Rule{
			{Page: "message.md", Says: "1 to 32,768 bytes of UTF-8", Broken: spectest.Longer("text", MaxText)},
			{Page: "message.md", Says: "not blank", Broken: func(v spectest.Value) bool {
				return strings.TrimSpace(v.At("text").Text()) == ""
			}},
			{Page: "message.md", Says: "without control characters but line feed and tab", Broken: func(v spectest.Value) bool {
				return strings.ContainsFunc(v.At("text").Text(), func(r rune) bool { return r != '\n' && r != '\t' && unicode.Is(unicode.Cc, r) })
			}},
		},
	})
}
