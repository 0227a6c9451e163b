package message

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// What parses is what would be written again, byte by byte, and within the limits.
func FuzzParseLetter(f *testing.F) {
	w := wire{Schema: formatTag, ID: id.Random[id.Message](id.Maker{}), Thread: id.Random[id.Thread](id.Maker{}), Language: "mk", Text: "збор\n<b>"}
	good, err := frame.Encode(w)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := parseLetter(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Add(bytes.Replace(good, []byte(`mk`), []byte(`m`), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := parseLetter(b)
		if err != nil {
			return
		}
		again, err := frame.Encode(w)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was read and would be written %q (%v)", b, again, err)
		}
		if len(w.Text) > MaxText || !text(w.Text) || !language(w.Language) {
			t.Errorf("%q is no letter", b)
		}
	})
}

func FuzzParseBody(f *testing.F) {
	f.Add([]byte(`{"message":"` + string(id.Random[id.Message](id.Maker{})) + `","referral":""}`))
	f.Add([]byte(`{"message":"x","referral":""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := parseBody(envelope.Control{Body: json.RawMessage(raw)})
		if err != nil {
			return
		}
		if _, err := id.ParseRandom[id.Message](string(b.Message)); err != nil {
			t.Errorf("%q has no message", raw)
		}
	})
}
