package publication_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/publication"
)

// Every kind takes what its shape says, and nothing else.
func TestBodiesHaveTheShapeOfTheirKind(t *testing.T) {
	const link, sum = "0123456789abcdefghjkmnpqr0", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	say := `[{"lang":"en","text":"x"},{"lang":"mk","text":"нешто"}]`
	good := map[publication.Kind]string{
		publication.Practice:       string(text("x")),
		publication.LegalModel:     `{"as-of":"2026-01-01","cells":[{"attribute":"buying","checked":"2026-01-01","citation":"a","source":"https://example.org/","status":"unverified","value":"not-offence"}],"country":"XK"}`,
		publication.Meeting:        string(held()),
		publication.Conclusion:     string(concluded(link)),
		publication.SignOff:        `{"hash":"` + sum + `","of":"` + link + `","says":"agreed"}`,
		publication.Recommendation: `{"framework":"greta","title":` + say + `,"whom":"all"}`,
		publication.Measure:        `{"country":"MK","of":"` + link + `","title":` + say + `}`,
		publication.Progress:       `{"audience":"network","country":"MK","of":"` + link + `","status":"partly","text":` + say + `,"until":"2026-06-30"}`,
		publication.Review:         `{"finding":"sound","hash":"` + sum + `","of":"` + link + `","text":` + say + `}`,
	}
	for _, kind := range publication.Kinds() {
		if err := publication.CheckBody(kind, []byte(good[kind])); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(good[kind]), &all); err != nil {
			t.Fatal(err)
		}
		for _, p := range publication.ShapeOf(kind) { // without what it needs
			if p.Need {
				bad(t, kind, all, p.Name, nil)
			}
			bad(t, kind, all, p.Name, json.RawMessage(`null`))
			bad(t, kind, all, p.Name, json.RawMessage(`{"x":1}`))
		}
		bad(t, kind, all, "name-of-a-person", json.RawMessage(`"x"`))
	}
	for name, c := range map[string]struct {
		kind publication.Kind
		part string
		raw  string
	}{
		"a cell without a source":                   {publication.LegalModel, "cells", `[{"attribute":"buying","checked":"2026-01-01","citation":"a","status":"unverified","value":"criminal"}]`},
		"a cell with a source that is not safe":     {publication.LegalModel, "cells", `[{"attribute":"buying","checked":"2026-01-01","citation":"a","source":"javascript://x","status":"unverified","value":"criminal"}]`},
		"two cells of one attribute":                {publication.LegalModel, "cells", `[{"attribute":"buying","checked":"2026-01-01","citation":"a","source":"b","status":"unverified","value":"criminal"},{"attribute":"buying","checked":"2026-01-01","citation":"a","source":"b","status":"unverified","value":"exists"}]`},
		"a label that nobody has applied":           {publication.LegalModel, "labels", `[{"label":"abolitionism","source":"a","year":2005}]`},
		"a report that found nothing":               {publication.LegalModel, "reports", `[{"by":"a","source":"b","title":"c","year":2014}]`},
		"a meeting that ends before it begins":      {publication.Meeting, "until", `"2017-11-12"`},
		"a day that is none":                        {publication.Meeting, "from", `"2017-02-30"`},
		"a conclusion to countries and to none":     {publication.Conclusion, "whom", `"countries"`},
		"a conclusion to all and to one":            {publication.Conclusion, "countries", `["MK"]`},
		"text in the wrong order of languages":      {publication.Conclusion, "text", `[{"lang":"mk","text":"x"},{"lang":"en","text":"x"}]`},
		"text that turns the line around":           {publication.Conclusion, "text", `[{"lang":"en","text":"a\u202eb"}]`},
		"a step of the work that there is not":      {publication.Practice, "used-at", `["torture"]`},
		"a file that runs":                          {publication.Practice, "files", `[{"bytes":1,"media":"text/html","name":"a.html","parts":["` + link + `"],"sha256":"` + sum + `"}]`},
		"a file with fewer parts than its size has": {publication.Practice, "files", `[{"bytes":1000000,"media":"application/pdf","name":"a.pdf","parts":["` + link + `"],"sha256":"` + sum + `"}]`},
	} {
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(good[c.kind]), &all); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { bad(t, c.kind, all, c.part, json.RawMessage(c.raw)) })
	}
	if err := publication.CheckBody("atlas.page", []byte(`{}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown kind: %v", err)
	}
}

// bad expects that a body with one part changed is refused.
func bad(t *testing.T, kind publication.Kind, all map[string]json.RawMessage, part string, raw json.RawMessage) {
	t.Helper()
	changed := map[string]json.RawMessage{}
	for k, v := range all {
		changed[k] = v
	}
	if changed[part] = raw; raw == nil {
		delete(changed, part)
	}
	b, err := frame.Encode(changed)
	if err != nil {
		t.Fatal(err)
	}
	if err := publication.CheckBody(kind, b); !fault.Is(err, fault.Invalid) {
		t.Errorf("%s takes %s: %v", kind, b, err)
	}
}

// A practice is found by a word of any of its languages, in Latin or Cyrillic letters, with marks or without.
func TestSearchCrossesLanguagesAndScripts(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	b := publication.ReadBody(text("Safe house"))
	b.Set("title", []publication.Text{{Lang: "en", Text: "Safe house"}, {Lang: "mk", Text: "Сигурна куќа за жртви"}, {Lang: "ro", Text: "Casă sigură în Chișinău"}})
	raw, err := b.Bytes()
	w.must(err)
	_, err = mk.Publish(t.Context(), mk.cora(), publication.Draft{Kind: publication.Practice, Body: raw})
	w.must(err)
	md.publish("Other things")
	w.deliver()
	w.away["MK"] = true // and is read while its author is away
	for query, want := range map[string]int{"": 2, "safe": 1, "СИГУРНА": 1, "sigurna žrtvi": 1, "casa chisinau": 1, "hous saf": 1, "house shelter": 0, "ouse": 0, "x": 2} {
		all, more, err := md.Find(t.Context(), md.cora().Actor, publication.Filter{Kind: publication.Practice}, query)
		if err != nil || len(all) != want || more {
			t.Errorf("%q finds %d, want %d %v", query, len(all), want, err)
		}
	}
	all, _, err := md.Find(t.Context(), md.cora().Actor, publication.Filter{Member: "MK"}, "")
	if err != nil || len(all) != 1 {
		t.Errorf("of MK: %d %v", len(all), err)
	}
}

// What another member says to a conclusion is signed by a person over the version that she read; nobody reviews her own.
func TestConclusionsAreSignedOffAndPracticesReviewedByOthers(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	met, err := md.Publish(t.Context(), md.cora(), publication.Draft{Kind: publication.Meeting, Body: held()})
	w.must(err)
	said, err := md.Publish(t.Context(), md.cora(), publication.Draft{Kind: publication.Conclusion, Body: concluded(met.Record.ID)})
	w.must(err)
	practice := md.publish("shelter standards")
	w.deliver()
	draft := func(kind publication.Kind, of publication.Kept, sum, more string) publication.Draft {
		return publication.Draft{Kind: kind, Body: json.RawMessage(strings.NewReplacer("OF", string(of.Record.ID), "SUM", sum).Replace(more))}
	}
	const signs, finds = `{"hash":"SUM","of":"OF","says":"agreed"}`, `{"finding":"sound","hash":"SUM","of":"OF","text":[{"lang":"en","text":"x"}]}`
	k, err := mk.Publish(t.Context(), mk.cora(), draft(publication.SignOff, said, said.Hash, signs))
	if err != nil || k.Person == nil {
		t.Fatalf("%v, signed by a person: %t", err, k.Person != nil)
	}
	if _, err := mk.Publish(t.Context(), mk.cora(), draft(publication.SignOff, said, practice.Hash, signs)); !fault.Is(err, fault.Invalid) {
		t.Errorf("another version is signed off: %v", err)
	}
	if _, err := mk.Publish(t.Context(), mk.cora(), draft(publication.SignOff, practice, practice.Hash, signs)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a practice is signed off: %v", err)
	}
	if _, err := md.Publish(t.Context(), md.cora(), draft(publication.Review, practice, practice.Hash, finds)); !fault.Is(err, fault.Denied) {
		t.Errorf("the author reviews her own: %v", err)
	}
	_, err = mk.Publish(t.Context(), mk.cora(), draft(publication.Review, practice, practice.Hash, finds))
	w.must(err)
	w.deliver()
	found, err := md.About(t.Context(), md.cora().Actor, publication.Review, practice.Record.ID)
	if err != nil || len(found) != 1 || found[0].Record.Member != "MK" {
		t.Errorf("%d reviews at the author, %v", len(found), err)
	}
	forged := k.Record
	forged.ID, forged.Seq = "zyxwvtsrqpnmkjhgfedcba9870", k.Record.Seq+7
	if got := w.nodes["MK"].give("MD", mk.forge(forged, mk.envelope)); got != "refused" {
		t.Errorf("a sign-off that nobody signed is %s", got)
	}
}

// A file goes to every member in parts, is put together where all have come, and is nothing before.
func TestAttachmentsArriveWhole(t *testing.T) {
	w := newNet(t, "MD", "MK")
	md, mk := w.nodes["MD"], w.nodes["MK"]
	k := md.publish("with a file")
	content := []byte("%PDF-1.7\n" + strings.Repeat("fictitious ", 60<<10))
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    fault.Kind
	}{
		"a program":        {"a.exe", content, fault.Invalid},
		"not what it says": {"a.png", content, fault.Invalid},
		"nothing":          {"a.pdf", nil, fault.Invalid},
		"too large":        {"a.pdf", append([]byte("%PDF-"), make([]byte, publication.MaxFile)...), fault.TooLarge},
		"text with zeros":  {"a.txt", []byte("a\x00b"), fault.Invalid},
	} {
		if _, err := md.Attach(t.Context(), md.cora(), k.Record.ID, 1, c.file, c.content); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := mk.Attach(t.Context(), mk.cora(), k.Record.ID, 1, "a.pdf", content); !fault.Is(err, fault.NotFound) {
		t.Errorf("who has not got it: %v", err)
	}
	next, err := md.Attach(t.Context(), md.cora(), k.Record.ID, 1, `C:\papers\Извештај.pdf`, content)
	w.must(err)
	files := publication.ReadBody(next.Record.Body).Files()
	if len(files) != 1 || files[0].Name != "Извештај.pdf" || len(files[0].Parts) != 4 {
		t.Fatalf("%+v", files)
	}
	w.must(publication.CheckBody(publication.Practice, next.Record.Body))
	w.deliver()
	f, got, err := mk.Fetch(t.Context(), mk.cora().Actor, k.Record.ID, files[0].SHA256)
	if err != nil || string(got) != string(content) || f.Media != "application/pdf" {
		t.Errorf("%d of %d bytes, %s, %v", len(got), len(content), f.Media, err)
	}
	if _, _, err := mk.Fetch(t.Context(), mk.cora().Actor, k.Record.ID, strings.Repeat("0", 64)); !fault.Is(err, fault.NotFound) {
		t.Errorf("another file: %v", err)
	}
	all, _, err := mk.Find(t.Context(), mk.cora().Actor, publication.Filter{}, "izvestaj")
	if err != nil || len(all) != 1 || all[0].Record.Version != 2 {
		t.Errorf("found by the name of its file: %d %v", len(all), err)
	}

	// A node that has the record and not yet all parts says so.
	rs := newNet(t, "MD", "MK")
	other := rs.nodes["MK"]
	if got := rs.nodes["MD"].give("MK", rs.nodes["MD"].forge(func() publication.Record {
		r := next.Record
		r.Version, r.Previous, r.Seq = 1, "", 1
		return r
	}(), rs.nodes["MD"].envelope)); got != "delivered" {
		t.Fatalf("%s", got)
	}
	if _, _, err := other.Fetch(t.Context(), other.cora().Actor, k.Record.ID, files[0].SHA256); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without its parts: %v", err)
	}

	// Parts that are signed and are not what the record names make no file.
	for i, p := range files[0].Parts {
		all, err := md.Show(t.Context(), md.cora().Actor, p)
		w.must(err)
		r := all[0].Record
		if r.Seq = int64(2 + i); i == 1 {
			r.Body = json.RawMessage(strings.Replace(string(r.Body), `{"data":"`, `{"data":"AAAA`, 1))
		}
		if got := rs.nodes["MD"].give("MK", rs.nodes["MD"].forge(r, rs.nodes["MD"].envelope)); got != "delivered" {
			t.Fatalf("%s", got)
		}
	}
	if _, _, err := other.Fetch(t.Context(), other.cora().Actor, k.Record.ID, files[0].SHA256); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a file that is not the one that was named: %v", err)
	}
}
