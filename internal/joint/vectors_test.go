package joint

import (
	"bytes"
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const (
	vectors     = "../../spec/testdata/joint"
	threadID    = id.Thread("zyxwvtsrqpnmkjhgfedcba9870")
	referred    = "0123456789abcdefghjkmnpqr0"
	theQuestion = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

// again reads one form of a vector or of what was fuzzed, and writes it again.
func again(kind string, b []byte) ([]byte, error) {
	switch kind {
	case "body":
		v, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
		if err != nil {
			return nil, err
		}
		return frame.Encode(v)
	case "ask":
		v, err := parseAsked(b)
		if err != nil {
			return nil, err
		}
		return frame.Encode(v)
	}
	v, err := parseAnswered(b)
	if err != nil {
		return nil, err
	}
	return frame.Encode(v)
}

func TestJointVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		for _, kind := range []string{"body", "ask", "answer"} {
			text, ok := v[kind]
			if !ok {
				continue
			}
			b, err := again(kind, []byte(text))
			if err == nil && string(b) != text {
				t.Fatalf("another form when written again: %s", b)
			}
			return err
		}
		t.Fatal("nothing to read")
		return nil
	})
}

// question is an assessment with one signature, made with a key of which a second implementation can make the same.
func question(t testing.TB) asked {
	t.Helper()
	key, err := seal.ParseSignPrivate(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	a := homecoming.Assessment{
		Form: homecoming.AssessmentForm, Return: "019cadc7-3e90-7ab1-a8df-9c589d3844e8", To: "MK", At: 1 << 50, By: "019cadc7-3e90-7ab1-a8df-9c589d3844e9",
		Conclusion: "DEMO: not to the village",
	}
	for _, d := range []string{"arrival", "family", "long-term", "origin", "person", "travel"} {
		a.Risks = append(a.Risks, homecoming.Risk{Domain: d, Level: homecoming.Green, Found: "DEMO: nothing"})
	}
	a.Risks[3].Level, a.Risks[3].Mitigation = homecoming.Red, "DEMO: another town"
	sig := homecoming.Signature{By: a.By, Desk: "focal-point", At: a.At, Accepts: []string{"origin/"}, Signer: key.Public()}
	b, err := frame.Encode(homecoming.Joint{Assessment: a, Signatures: []homecoming.Signature{sig}})
	if err != nil {
		t.Fatal(err)
	}
	sig.Signature = key.Sign(seal.DomainAssessment, b)
	return asked{Schema: askTag, Thread: threadID, Language: "en", Joint: homecoming.Joint{Assessment: a, Signatures: []homecoming.Signature{sig}}}
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// whole is a decoded value with its numbers as whole ones.
func whole(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = whole(x[k])
		}
	case []any:
		for i := range x {
			x[i] = whole(x[i])
		}
	case json.Number:
		n, _ := x.Int64()
		return n
	}
	return v
}

// answers are the two.
func answers(t testing.TB) (signed, declined answered) {
	t.Helper()
	q := question(t)
	name, err := digest(q.Joint.Assessment)
	if err != nil {
		t.Fatal(err)
	}
	sig := q.Joint.Signatures[0]
	sig.Member = "MK"
	return answered{Schema: answerTag, Thread: threadID, Assessment: name, Signature: &sig, Note: "DEMO: we meet her", Language: "mk"},
		answered{Schema: answerTag, Thread: threadID, Assessment: name, Reason: "more-needed"}
}

// bodies are those of the three steps.
func bodies() map[string]body {
	return map[string]body{"ask": {ask, referred, ""}, "answer": {answer, referred, theQuestion}, "end": {end, referred, theQuestion}}
}

func writeVectors(t *testing.T) {
	put := func(kind, name, what string, failure error, good any, change func(map[string]any)) {
		b := encoded(t, good)
		if change != nil {
			var m map[string]any
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			if err := d.Decode(&m); err != nil {
				t.Fatal(err)
			}
			change(m)
			b = encoded(t, whole(m))
		}
		spectest.Save(t, vectors, kind+name, what, failure, spectest.Vector{kind: string(b)})
	}
	field, fields := fault.New(fault.Invalid, "joint.field"), fault.New(fault.Invalid, "frame.fields")
	ask := question(t)
	of := func(m map[string]any) map[string]any {
		return m["joint"].(map[string]any)["assessment"].(map[string]any)
	}
	put("ask", "", "a question with a red risk", nil, ask, nil)
	put("ask", "-changed", "a word was changed after it was signed", fault.New(fault.Invalid, "homecoming.signature"), ask, func(m map[string]any) {
		of(m)["conclusion"] = "DEMO: to the village"
	})
	put("ask", "-of-a-case", "the identifier of the case is in it", field, ask, func(m map[string]any) { of(m)["case"] = "019cadc7-3e90-7ab1-a8df-9c589d3844ea" })
	put("ask", "-of-nobody", "nobody has signed it", field, ask, func(m map[string]any) { m["joint"].(map[string]any)["signatures"] = []any{} })
	put("ask", "-unlooked", "one domain was not looked at", fault.New(fault.Invalid, "homecoming.domain"), ask, func(m map[string]any) {
		of(m)["risks"] = of(m)["risks"].([]any)[1:]
	})
	put("ask", "-language", "a name for a language", field, ask, func(m map[string]any) { m["language"] = "english" })
	put("ask", "-unknown-field", "a name that is not in the schema", fields, ask, func(m map[string]any) { m["person"] = "" })
	signed, declined := answers(t)
	put("answer", "-signed", "a signature with a note", nil, signed, nil)
	put("answer", "-declined", "a reason", nil, declined, nil)
	put("answer", "-both", "a signature and a reason", field, signed, func(m map[string]any) { m["reason"] = "unsafe" })
	put("answer", "-neither", "neither a signature nor a reason", field, declined, func(m map[string]any) { delete(m, "reason") })
	put("answer", "-reason", "a reason that is none of the list", field, declined, func(m map[string]any) { m["reason"] = "because" })
	put("answer", "-of-nobody", "a signature that does not say whose desk it is", field, signed, func(m map[string]any) {
		delete(m["signature"].(map[string]any), "member")
	})
	put("answer", "-speechless", "a note without its language", field, signed, func(m map[string]any) { delete(m, "language") })
	put("answer", "-name", "the assessment is named in capitals", field, declined, func(m map[string]any) {
		m["assessment"] = strings.ToUpper(m["assessment"].(string))
	})
	for step, b := range bodies() {
		put("body", "-"+step, "of one that is to be taken", nil, b, nil)
	}
	wrong := fault.New(fault.Invalid, "exchange.body.field")
	put("body", "-step", "another step", wrong, body{"sign", referred, theQuestion}, nil)
	put("body", "-referral", "about no referral", fault.New(fault.Invalid, "id.random.form"), body{"ask", "", ""}, nil)
	put("body", "-asked-about", "a question about another", wrong, body{"ask", referred, theQuestion}, nil)
	put("body", "-about-nothing", "an answer to no question", wrong, body{"answer", referred, ""}, nil)
	put("body", "-ends-nothing", "the end of no question", wrong, body{"end", referred, ""}, nil)
	put("body", "-about-name", "the question is named in capitals", wrong, body{"answer", referred, id.Envelope(strings.ToUpper(theQuestion))}, nil)
	put("body", "-unnamed", "an answer that does not say what it is about", fields, body{"answer", referred, theQuestion}, func(m map[string]any) { delete(m, "about") })
}

// TestSchemas compares the schemas that spec/joint.md publishes with what is read here.
func TestSchemas(t *testing.T) {
	spectest.Compare(t, spectest.Form{
		Schema: "body-joint", Texts: [][]byte{encoded(t, bodies()["ask"]), encoded(t, bodies()["answer"]), encoded(t, bodies()["end"])},
		Read: func(b []byte) error { _, err := again("body", b); return err },
	})
	ask := spectest.Compiled(t, "joint-ask")
	if err := spectest.Fits(ask, encoded(t, question(t))); err != nil {
		t.Error(err)
	}
	signed, declined := answers(t)
	answer := spectest.Compiled(t, "joint-answer")
	for _, v := range []answered{signed, declined} {
		if err := spectest.Fits(answer, encoded(t, v)); err != nil {
			t.Error(err)
		}
	}
}

// What is read is what would be written again, byte by byte.
func fuzz(f *testing.F, kind string, good ...[]byte) {
	for _, b := range good {
		f.Add(b)
		f.Add(b[:len(b)/2])
		f.Add(bytes.ReplaceAll(b, []byte("DEMO"), []byte("\\u0000")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := again(kind, b)
		if err == nil && !bytes.Equal(out, b) {
			t.Errorf("%q was read and would be written %q", b, out)
		}
	})
}

func FuzzQuestion(f *testing.F) { fuzz(f, "ask", encoded(f, question(f))) }

func FuzzAnswer(f *testing.F) {
	signed, declined := answers(f)
	fuzz(f, "answer", encoded(f, signed), encoded(f, declined))
}

func FuzzBody(f *testing.F) {
	fuzz(f, "body", encoded(f, bodies()["ask"]), encoded(f, bodies()["end"]))
}
