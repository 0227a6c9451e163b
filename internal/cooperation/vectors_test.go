package cooperation

import (
	"bytes"
	"encoding/json"
	"flag"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/spectest"
)

var update = flag.Bool("update", false, "write the vectors anew")

const (
	vectors  = "../../spec/testdata/cooperation"
	threadID = id.Thread("zyxwvtsrqpnmkjhgfedcba9870")
	earlier  = id.Thread("0123456789abcdefghjkmnpqr0")
	aDigest  = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

// sample is a request with one item of each sort.
func sample(t testing.TB) Request {
	t.Helper()
	m := DefaultMarks()
	return Request{
		Schema: requestTag, Thread: threadID, Kind: MLA, Instrument: "mla.coe-1959", From: Office{"DEMO Prosecution MD", "+373 22 000000"},
		To: Office{"DEMO Prosecution MK", ""}, Language: "en", Answers: []string{"en", "ro"}, Subject: "DEMO subject", Purpose: "DEMO purpose",
		Confidential: "DEMO: a witness is in danger", Due: "2026-12-24", Links: []id.Thread{earlier},
		Facts:    []Fact{{Marks: m, Ground: "fact", Text: "DEMO fact", Release: "019cadc7-3e90-7ab1-a8df-9c589d3844e8"}},
		Offences: []Offence{{Marks: m, Article: "DEMO article 165", Acts: []string{"recruitment"}, Means: []string{"deception"}, Purposes: []string{"sexual-exploitation"}}},
		Persons:  []Person{{Marks: m, Category: "suspect", Ground: "opinion", Name: "DEMO Person", Nationality: "MK"}},
		Measures: []Measure{{Marks: m, Code: "hearing-video", Text: "DEMO measure", Formalities: "DEMO: with counsel"}},
		Papers:   []Paper{{Marks: m, Title: "DEMO order", Digest: aDigest}},
	}
}

func records(t testing.TB) (plain, facts, whole Record) {
	t.Helper()
	of := func(kind string, carries ...string) Record {
		r := sample(t)
		r.Kind = kind
		x, err := recordOf(r, profile.Instrument{Carries: carries, Origin: profile.Origin{Status: profile.Verified}})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	return of(MLA), of(Spontaneous, profile.CarriesSpontaneous), of(EIO, profile.CarriesDocuments)
}

func notes() map[Step]Note {
	return map[Step]Note{
		Dispatch: {Schema: noteTag, Thread: threadID, Step: Dispatch, Channel: "central-authority", Reference: "DEMO 12/2026", Digest: aDigest},
		Decision: {Schema: noteTag, Thread: threadID, Step: Decision, Language: "mk", Text: "DEMO: by the court of Skopje"},
		Answer:   {Schema: noteTag, Thread: threadID, Step: Answer, Channel: "ejn", Reference: "DEMO 7"},
	}
}

func bodies() map[string]body {
	return map[string]body{
		"request":  {Ask, MLA, "", "2026-11-30", "2026-12-24"},
		"decision": {Decision, EIO, "recognised", "2026-11-30", ""},
		"withdraw": {Withdraw, JIT, "", "2026-11-30", ""},
	}
}

// again reads one form of a vector or of what was fuzzed, and writes it again.
func again(kind string, b []byte) ([]byte, error) {
	var v any
	var err error
	switch kind {
	case "body":
		v, err = parseBody(envelope.Control{Body: json.RawMessage(b)})
	case "request":
		v, err = ParseRequest(b)
	case "record":
		v, err = parseRecord(b)
	default:
		v, err = parseNote(b)
	}
	if err != nil {
		return nil, err
	}
	return frame.Encode(v)
}

func TestCooperationVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	spectest.Vectors(t, vectors, func(t *testing.T, v spectest.Vector) error {
		for _, kind := range []string{"body", "request", "record", "note"} {
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

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := frame.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeVectors(t *testing.T) {
	put := func(kind, name, what string, failure error, good any, change func(map[string]any)) {
		b := encoded(t, good)
		if change != nil {
			var m map[string]any
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			change(m)
			b = encoded(t, m)
		}
		spectest.Save(t, vectors, kind+name, what, failure, spectest.Vector{kind: string(b)})
	}
	field, fields := fault.New(fault.Invalid, "cooperation.field"), fault.New(fault.Invalid, "frame.fields")
	first := func(m map[string]any, list string) map[string]any { return m[list].([]any)[0].(map[string]any) }
	put("request", "", "a request with one item of each sort", nil, sample(t), nil)
	put("request", "-unmarked", "a fact without a handling code", field, sample(t), func(m map[string]any) { first(m, "facts")["handling"] = "" })
	put("request", "-category", "somebody who is of no category", field, sample(t), func(m map[string]any) { first(m, "persons")["category"] = "target" })
	put("request", "-condition", "H3 without its condition", field, sample(t), func(m map[string]any) { first(m, "papers")["handling"] = "H3" })
	put("request", "-unknown-field", "a name that is not in the schema", fields, sample(t), func(m map[string]any) { m["case"] = "" })
	plain, facts, whole := records(t)
	put("record", "", "the record of a request", nil, plain, nil)
	put("record", "-facts", "information that nobody asked for", nil, facts, nil)
	put("record", "-document", "a request as a whole, between two members that agreed on it", nil, whole, nil)
	put("record", "-digest", "the request is another than its digest says", field, whole, func(m map[string]any) { m["digest"] = aDigest })
	put("record", "-facts-of-mla", "facts beside a request", field, facts, func(m map[string]any) { m["kind"] = MLA })
	put("record", "-release", "a fact that names a release", field, facts, func(m map[string]any) { first(m, "facts")["release"] = "019cadc7-3e90-7ab1-a8df-9c589d3844e8" })
	for step, n := range notes() {
		put("note", "-"+string(step), "said with a step", nil, n, nil)
	}
	put("note", "-unsent", "a dispatch that does not say by which channel", field, notes()[Dispatch], func(m map[string]any) { delete(m, "channel") })
	put("note", "-speechless", "words without their language", field, notes()[Decision], func(m map[string]any) { delete(m, "language") })
	put("note", "-channel", "a decision by a channel", field, notes()[Decision], func(m map[string]any) { m["channel"] = "ejn" })
	for step, b := range bodies() {
		put("body", "-"+step, "of one that is to be taken", nil, b, nil)
	}
	wrong := fault.New(fault.Invalid, "exchange.body.field")
	put("body", "-step", "another step", wrong, body{"arrest", MLA, "", "2026-11-30", ""}, nil)
	put("body", "-code", "a decision without its code", wrong, body{Decision, MLA, "", "2026-11-30", ""}, nil)
	put("body", "-day", "no day", wrong, body{Receipt, MLA, "", "2026-02-30", ""}, nil)
	put("body", "-due", "a receipt with a day by which it is due", wrong, body{Receipt, MLA, "", "2026-11-30", "2026-12-24"}, nil)
	put("body", "-kind", "another kind", wrong, body{Receipt, "arrest", "", "2026-11-30", ""}, nil)
	put("body", "-unnamed", "one without its kind", fields, bodies()["request"], func(m map[string]any) { delete(m, "kind") })
}

// TestSchemas compares the schemas that spec/cooperation.md publishes with what is read here.
func TestSchemas(t *testing.T) {
	var texts [][]byte
	for _, b := range bodies() {
		texts = append(texts, encoded(t, b))
	}
	spectest.Compare(t, spectest.Form{
		Schema: "body-cooperation", Texts: texts, Read: func(b []byte) error { _, err := again("body", b); return err },
		Beyond: []spectest.Rule{{Page: "cooperation.md", Says: "Every day is one of the calendar", Broken: func(v spectest.Value) bool {
			d, due := v.At("day").Text(), v.At("due").Text()
			return !day(d) || due != "" && !day(due)
		}}},
	})
	if err := spectest.Fits(spectest.Compiled(t, "cooperation-request"), encoded(t, sample(t))); err != nil {
		t.Error(err)
	}
	record := spectest.Compiled(t, "cooperation-record")
	plain, facts, whole := records(t)
	for _, x := range []Record{plain, facts, whole} {
		if err := spectest.Fits(record, encoded(t, x)); err != nil {
			t.Error(err)
		}
	}
	note := spectest.Compiled(t, "cooperation-note")
	for _, n := range notes() {
		if err := spectest.Fits(note, encoded(t, n)); err != nil {
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

func FuzzRequest(f *testing.F) { fuzz(f, "request", encoded(f, sample(f))) }

func FuzzRecord(f *testing.F) {
	plain, facts, whole := records(f)
	fuzz(f, "record", encoded(f, plain), encoded(f, facts), encoded(f, whole))
}

func FuzzNote(f *testing.F) {
	fuzz(f, "note", encoded(f, notes()[Dispatch]), encoded(f, notes()[Decision]))
}

func FuzzBody(f *testing.F) { fuzz(f, "body", encoded(f, bodies()["request"])) }
