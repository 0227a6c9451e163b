package message

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const vectors = "../../spec/testdata/message"

const (
	letterID = id.Message("0123456789abcdefghjkmnpqr0")
	threadID = id.Thread("zyxwvtsrqpnmkjhgfedcba9870")
)

func TestMessageVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		var again []byte
		if text, ok := v["body"]; ok {
			b, err := parseBody(envelope.Control{Body: json.RawMessage(text)})
			if err != nil {
				return err
			}
			again, err = frame.Encode(b)
			if err != nil || string(again) != text {
				t.Fatalf("another form when written again: %s (%v)", again, err)
			}
			return nil
		}
		w, err := parseOwn([]byte(v["letter"]), Message{ID: id.Message(v["message"]), Thread: id.Thread(v["thread"])})
		if err != nil {
			return err
		}
		if again, err = frame.Encode(w); err != nil || string(again) != v["letter"] {
			t.Fatalf("another form when written again: %s (%v)", again, err)
		}
		return nil
	})
}

func writeVectors(t *testing.T) {
	good := wire{formatTag, letterID, threadID, "sr-Latn", "Sutra u podne.\n\tPonesite prevod."}
	put := func(name, what string, failure error, change func(map[string]any)) {
		b, err := frame.Encode(good)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(m)
		}
		if b, err = frame.Encode(m); err != nil {
			t.Fatal(err)
		}
		spectest.Save(t, vectors, name, what, failure, spectest.Vector{
			"letter": string(b), "message": string(letterID), "thread": string(threadID),
		})
	}
	field, fields := fault.New(fault.Invalid, "message.field"), fault.New(fault.Invalid, "frame.fields")
	put("letter", "a letter with a line feed and a tab", nil, nil)
	put("letter-cyrillic", "words in another script, not normalised: й of two characters", nil, func(m map[string]any) {
		m["language"], m["text"] = "mk", "Здраво, и\u0306"
	})
	put("letter-longest", "32,768 bytes", nil, func(m map[string]any) { m["text"] = strings.Repeat("ж", MaxText/2) })
	put("letter-too-long", "32,770 bytes, though fewer characters", fault.New(fault.TooLarge, "message.too-long"), func(m map[string]any) {
		m["text"] = strings.Repeat("ж", MaxText/2+1)
	})
	put("letter-blank", "spaces only", field, func(m map[string]any) { m["text"] = " \u2003\n" })
	put("letter-control", "a carriage return", field, func(m map[string]any) { m["text"] = "a\r\nb" })
	put("letter-language", "a name for a language", field, func(m map[string]any) { m["language"] = "srpski" })
	put("letter-schema", "a later version", field, func(m map[string]any) { m["schema"] = "opentrm/message/2" })
	put("letter-unknown-field", "a name that is not in the schema", fields, func(m map[string]any) { m["from"] = "" })
	put("letter-missing-field", "a name is left out", fields, func(m map[string]any) { delete(m, "language") })
	put("letter-of-another", "a whole letter, but the control names another", field, func(m map[string]any) { m["id"] = threadID })
	put("letter-of-another-thread", "a whole letter, but the control names another thread", field, func(m map[string]any) { m["thread"] = letterID })

	body := func(name, what, text string, failure error) {
		spectest.Save(t, vectors, name, what, failure, spectest.Vector{"body": text})
	}
	body("body", "about no referral", `{"message":"0123456789abcdefghjkmnpqr0","referral":""}`, nil)
	body("body-of-referral", "about a referral", `{"message":"0123456789abcdefghjkmnpqr0","referral":"zyxwvtsrqpnmkjhgfedcba9870"}`, nil)
	body("body-identifier", "the last two bits of an identifier are not zero", `{"message":"0123456789abcdefghjkmnpqr1","referral":""}`,
		fault.New(fault.Invalid, "id.random.form"))
	body("body-missing-field", "a name is left out", `{"message":"0123456789abcdefghjkmnpqr0"}`, fields)
	body("body-space", "a space", `{"message": "0123456789abcdefghjkmnpqr0","referral":""}`, fault.New(fault.Invalid, "frame.not-canonical"))
}
