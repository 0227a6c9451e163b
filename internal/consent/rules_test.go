package consent

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

const start = frame.Time(1_790_000_000_000_000)

var receiver = id.Address{Member: "MK", Desk: "focal-point"}

func valid() Record {
	return complete(Record{
		Consent: id.Random[id.Consent](id.Maker{}), Person: "p", GivenBy: ByHerself, AgeClass: person.Adult, Capable: true,
		Purposes: []Purpose{ForReferral}, Recipients: []id.Address{receiver}, Categories: []Code{"needs", "identity.names"},
		Explained: Explained{true, true, true, true, true, true, true}, Language: "en", How: Written, ObtainedBy: "ana", Desk: "shelter",
	}, mustShipped(), start)
}

func mustShipped() Data {
	d, err := Shipped()
	if err != nil {
		panic(err)
	}
	return d
}

func TestRecordCountsOnlyWhenWhole(t *testing.T) {
	if err := valid().Check(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*Record)
		key    string
	}{
		"child alone":             {func(r *Record) { r.AgeClass = person.Child }, "consent.child"},
		"unknown age alone":       {func(r *Record) { r.AgeClass = person.AgeUnknown }, "consent.child"},
		"unreviewed language":     {func(r *Record) { r.Language = "mk" }, "consent.language"},
		"language without a text": {func(r *Record) { r.Language = "ro" }, "consent.language"},
		"oral without witness":    {func(r *Record) { r.How = Oral }, "consent.oral"},
		"risks not explained":     {func(r *Record) { r.Explained.Risks = false }, "consent.explain"},
		"not free":                {func(r *Record) { r.Capable = false }, "consent.free"},
		"media":                   {func(r *Record) { r.Purposes = []Purpose{"media"} }, "consent.field"},
		"nobody named":            {func(r *Record) { r.Recipients = []id.Address{} }, "consent.field"},
		"unknown category":        {func(r *Record) { r.Categories = []Code{"everything"} }, "consent.field"},
		"no category":             {func(r *Record) { r.Categories = []Code{} }, "consent.field"},
		"for ever":                {func(r *Record) { r.ValidTo = r.ValidFrom.Add(days(400)) }, "consent.field"},
		"backdated":               {func(r *Record) { r.ValidFrom = r.ObtainedAt - 1 }, "consent.field"},
		"withheld and shared":     {func(r *Record) { r.Withheld = []Withheld{{Category: "needs", Reason: "private"}} }, "consent.field"},
	} {
		r := valid()
		tt.change(&r)
		if _, key, _ := fault.Public(r.Check()); r.Check() == nil || key != tt.key {
			t.Errorf("%s: got %s, want %s", name, key, tt.key)
		}
	}
	r := valid()
	r.Language, r.ReadBack = "mk", true
	if err := r.Check(); err != nil {
		t.Errorf("read back: %v", err)
	}
}

// planted fills every member of a content with a string of its own, so that it can be found again.
func planted() (person.Person, *Photo, Facts, map[Code]string) {
	mark := func(c Code) string { return "planted-" + strings.ReplaceAll(string(c), ".", "-") + "-end" }
	marks := map[Code]string{}
	for _, c := range Categories() {
		marks[c.Code] = mark(c.Code)
	}
	name := func(u person.NameUse, c Code) person.Name {
		return person.Name{Use: u, Script: "Latn", Parts: []person.NamePart{{Kind: person.WholeName, Text: mark(c)}}}
	}
	marks["identity.birth"], marks["identity.sex"], marks["identity.citizenship"], marks["languages"] = `"year":1987`, `"female"`, `"QX"`, `"qaa"`
	picture := seal.Blob("picture of somebody")
	text, _ := picture.MarshalText()
	marks["photo"] = string(text)
	p := person.Person{
		ID: "p", Names: []person.Name{name(person.Registered, "identity.names"), name(person.Exploitation, "identity.aliases"), name(person.Nickname, "identity.aliases")},
		Birth: person.Say(person.Birth{Year: 1987}), Sex: person.Say(person.Female), Citizenships: person.Say([]string{"QX"}),
		Languages: person.Say([]person.Language{{Tag: "qaa"}}),
		Documents: person.Say([]person.Document{{Type: "passport", Number: mark("identity.documents"), Held: "by-her"}}),
		Contacts:  []person.Contact{{Way: person.Telephone, Address: mark("contact.safe"), Safety: person.Safe}},
	}
	f := Facts{
		Needs: []Need{{"medical", "soon", mark("needs")}}, Health: []Need{{"medical", "soon", mark("health.needs")}},
		Risk: &Risk{1, map[string]string{"person": "high"}, []string{}, mark("risk.summary")}, Exploitation: &Account{[]string{}, mark("exploitation.summary")},
		Family: &Account{[]string{}, mark("family")}, Children: []Child{{"small", true, mark("children")}},
		Legal: &Legal{"presumed", false, mark("legal.status")}, Services: []Provision{{"medical", 1, 0, mark("services")}},
		Journey: &Account{[]string{}, mark("journey")}, Interpreting: &Interpreting{[]string{"qaa"}, "", ""},
		Unsafe: []Unsafe{{mark("risk.summary"), ""}},
	}
	return p, &Photo{"image/png", picture}, f, marks
}

func bundleOf(t interface{ Fatal(...any) }, content Content, codes []Code) (Bundle, seal.SignPublic) {
	node := seal.NewSign(nil)
	e := Extract{
		Form: ExtractForm, Consent: id.Random[id.Consent](id.Maker{}), Issuer: "MD", Recipient: receiver, Purposes: []Purpose{ForReferral},
		Categories: codes, Basis: "consent", ValidTo: start + 1000, Issued: start,
	}
	signed, err := e.Sign(node.Sign)
	if err != nil {
		t.Fatal(err)
	}
	return Bundle{Form: BundleForm, Extract: signed, Content: content}, node.Public()
}

func TestBundleHoldsNothingOutsideTheConsentedCategories(t *testing.T) {
	p, photo, f, marks := planted()
	all := Categories()
	rapid.Check(t, func(t *rapid.T) {
		var codes []Code
		for _, c := range all {
			if rapid.Bool().Draw(t, string(c.Code)) {
				codes = append(codes, c.Code)
			}
		}
		if len(codes) == 0 {
			codes = []Code{"needs"}
		}
		b, _ := bundleOf(t, Select(p, photo, f, codes), codes)
		out, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		body := string(out)
		for code, mark := range marks {
			if strings.Contains(body, mark) != slices.Contains(codes, code) {
				t.Fatalf("%s consented %v, found %v in %s", code, slices.Contains(codes, code), strings.Contains(body, mark), body)
			}
		}
		back, err := ParseBundle(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Within(back.Extract.Extract); err != nil {
			t.Fatal(err)
		}
		// The same content under one category less exceeds, at the sender and at the receiver.
		less := slices.Delete(slices.Clone(codes), 0, 1)
		if err := back.Within(Extract{Categories: less}); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without %s it is within: %v", codes[0], err)
		}
	})
}

func TestBundleWithAnUnknownMemberExceeds(t *testing.T) {
	p, photo, f, _ := planted()
	b, _ := bundleOf(t, Select(p, photo, f, []Code{"needs"}), []Code{"needs"})
	out, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var loose map[string]any
	if err := json.Unmarshal(out, &loose); err != nil {
		t.Fatal(err)
	}
	loose["content"].(map[string]any)["diary"] = "x"
	delete(loose["extract"].(map[string]any), "valid_to") // numbers go through float64; the member is found first
	delete(loose["extract"].(map[string]any), "issued")
	more, err := frame.Encode(loose)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseBundle(more); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "consent.exceeds") {
		t.Errorf("got %v", err)
	}
}

func TestExtractIsForOneRecipientAndItsTime(t *testing.T) {
	b, node := bundleOf(t, Content{}, []Code{"needs"})
	keys := []seal.SignPublic{node}
	if err := b.Extract.Verify(keys, receiver, start); err != nil {
		t.Fatal(err)
	}
	other := b.Extract
	other.Categories = []Code{"identity.names", "needs"}
	for name, err := range map[string]error{
		"other desk":   b.Extract.Verify(keys, id.Address{Member: "RS", Desk: "focal-point"}, start),
		"over":         b.Extract.Verify(keys, receiver, start+1000),
		"stranger":     b.Extract.Verify([]seal.SignPublic{seal.NewSign(nil).Public()}, receiver, start),
		"more allowed": other.Verify(keys, receiver, start),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := b.Extract.Extract
	e.Onward = true
	if e.Check() == nil {
		t.Error("passing on is permitted")
	}
}

func TestEveryMemberHasOneCategory(t *testing.T) {
	for name, change := range map[string]func(*Data){
		"left out": func(d *Data) { d.Categories = d.Categories[1:] },
		"twice":    func(d *Data) { d.Categories[0].Covers = append(d.Categories[0].Covers, "names") },
		"foreign":  func(d *Data) { d.Categories[0].Covers = []string{"diary"} },
	} {
		var d Data
		if err := json.Unmarshal([]byte(embedded), &d); err != nil {
			t.Fatal(err)
		}
		change(&d)
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseData(b); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConsentCannotBeOverridden(t *testing.T) {
	now := start
	given := Consent{ID: "c", Origin: TakenHere, State: Given, Recipients: []id.Address{receiver}, Categories: []Code{"needs"}, ValidFrom: now, ValidTo: now + 10}
	if _, err := extract(given, receiver, now); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Consent){
		"withdrawn": func(c *Consent) { c.State = Withdrawn }, "expired": func(c *Consent) { c.ValidTo = now },
		"not begun": func(c *Consent) { c.ValidFrom = now + 1 }, "of others": func(c *Consent) { c.Origin = Received },
		"another desk": func(c *Consent) { c.Recipients = nil },
	} {
		c := given
		change(&c)
		if _, err := extract(c, receiver, now); err == nil {
			t.Errorf("%s: something may be shared", name)
		}
	}
	o := Override{State: Proposed, Maker: "ana"}
	if _, err := approve(o, "ana", now, now.Add(24*time.Hour), now.Add(72*time.Hour)); !fault.Is(err, fault.Denied) {
		t.Errorf("her own: %v", err)
	}
	o, err := approve(o, "mira", now, now.Add(24*time.Hour), now.Add(72*time.Hour))
	if err != nil || o.ReviewFrom != now.Add(24*time.Hour) || o.ReviewDue != now.Add(72*time.Hour) {
		t.Errorf("approved as %+v, %v", o, err)
	}
	if _, err := review(o, "olga", "justified", now.Add(time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("reviewed at once: %v", err)
	}
}

func TestReceiptCarriesNoNameAndFollowsTheConsent(t *testing.T) {
	r := valid()
	r.Guardian.Name, r.Interpreter, r.Witness = "planted-g", "planted-i", "planted-w"
	c := Consent{ID: r.Consent, State: Withdrawn, Purposes: r.Purposes, Recipients: r.Recipients, Categories: r.Categories, Given: start, Withdrawn: start + 5, ValidTo: r.ValidTo}
	b, err := ReceiptOf("MK", r, c).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "planted") || !strings.Contains(string(b), `"privacy_notice_version":1`) || !strings.Contains(string(b), `"event_type":"withdrawn"`) || !strings.Contains(string(b), "MK/focal-point") {
		t.Errorf("the receipt is %s", b)
	}
}

func FuzzParseBundle(f *testing.F) {
	p, photo, facts, _ := planted()
	b, _ := bundleOf(f, Select(p, photo, facts, []Code{"identity.names", "needs"}), []Code{"identity.names", "needs"})
	out, err := b.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(out)
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := ParseBundle(in)
		if err != nil || b.Within(b.Extract.Extract) != nil {
			return
		}
		if again, err := b.Encode(); err != nil || string(again) != string(in) {
			t.Errorf("read %q, wrote %q, %v", in, again, err)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := ParseRecord(in); err == nil && s.Record.Check() != nil {
			t.Errorf("took %q", in)
		}
		if s, err := ParseReason(in); err == nil && s.Reason.Check() != nil {
			t.Errorf("took %q", in)
		}
	})
}
