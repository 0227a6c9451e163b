package consent

import (
	"testing"

	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

func TestSchemaOfBundle(t *testing.T) {
	var all []Code
	for _, c := range Categories() {
		all = append(all, c.Code)
	}
	key, err := seal.ParseSignPrivate(spectest.Seed("sign MD"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Extract{
		Form: ExtractForm, Consent: "0123456789abcdefghjkmnpqr0", Issuer: "MD", Recipient: id.Address{Member: "MK", Desk: "shelter"},
		Purposes: []Purpose{ForReferral}, Categories: all, Basis: "consent", ValidTo: start + 1000, Issued: start,
	}.Sign(key.Sign)
	if err != nil {
		t.Fatal(err)
	}
	p, photo, facts, _ := planted()
	// One member of the content at a time: short texts are tried sooner.
	var texts [][]byte
	each := func(photo *Photo) {
		for _, c := range all {
			b := Bundle{Form: BundleForm, Extract: e, Content: Select(p, photo, facts, []Code{c})}
			texts = append(texts, written(t, b))
		}
	}
	each(photo)
	// Another person, of whom other things are known.
	p.Names[0].Use, p.Names[0].Language = person.Former, "mk"
	p.Birth = person.Say(person.Birth{Year: 2001, Month: 2, Day: 28})
	p.Sex, p.Citizenships = person.Without[person.Sex](person.Declined), person.Say([]string{person.Stateless})
	p.Languages = person.Without[[]person.Language](person.NotAsked)
	p.Documents = person.Say([]person.Document{{Type: "other", Country: "RS", Expires: "2027-02-28", Held: "lost"}})
	p.Contacts = []person.Contact{{Way: person.Visit, Address: "at noon", Safety: person.Unsafe}, {Way: person.TextSMS, Address: "1", Safety: person.Safe, Voice: true}}
	facts.Risk = &Risk{1, map[string]string{}, []string{"debt"}, ""}
	facts.Needs[0].Urgency = ""
	each(&Photo{"image/jpeg", photo.Bytes})
	words := unseen("content.contacts[].address", "content.contacts[].answerer", "content.contacts[].times", "content.contacts[].may_say",
		"content.needs[].note", "content.health[].note", "content.risk.note", "content.exploitation.note", "content.family.note",
		"content.children[].note", "content.legal.note", "content.services[].note", "content.journey.note", "content.interpreting.not_from", "content.interpreting.aid",
		"content.unsafe_interpreters[].name", "content.unsafe_interpreters[].why")
	line := func(v spectest.Value) bool {
		for _, path := range []string{"content.names[].parts[].text", "content.aliases[].parts[].text", "content.documents.value[].number", "content.contacts[].code_word"} {
			for _, x := range v.All(path) {
				for _, r := range x.Text() {
					if r == '\n' || r == '\t' {
						return true
					}
				}
			}
			if unseen(path)(v) {
				return true
			}
		}
		return false
	}
	spectest.Compare(t, spectest.Form{
		Schema: "bundle", Texts: texts,
		Read: func(b []byte) error {
			out, err := ParseBundle(b)
			if err != nil {
				return err
			}
			return out.Within(out.Extract.Extract)
		},
		Beyond: []spectest.Rule{
			{Page: "consent.md", Says: "lists are sorted and hold nothing twice", Broken: func(v spectest.Value) bool {
				return spectest.Unsorted("extract.purposes", "")(v) || spectest.Unsorted("extract.categories", "")(v)
			}},
			{Page: "consent.md", Says: "It ends after it was issued", Broken: func(v spectest.Value) bool {
				return v.At("extract.valid_to").Number() <= v.At("extract.issued").Number()
			}},
			{Page: "consent.md", Says: "makes the whole bundle refused with `exceeds-consent`", Broken: func(v spectest.Value) bool {
				may := map[string]bool{}
				for _, c := range Categories() {
					for _, agreed := range v.All("extract.categories[]") {
						if agreed.Text() == string(c.Code) {
							for _, m := range c.Covers {
								may[m] = true
							}
						}
					}
				}
				for _, name := range members() {
					if len(v.All("content."+name)) > 0 && !may[name] {
						return true
					}
				}
				return false
			}},
			{Page: "consent.md", Says: "Words hold no control characters but line feed and tab", Broken: words},
			{Page: "consent.md", Says: "names, numbers and code words are one line", Broken: line},
			{Page: "consent.md", Says: "a day is one of the calendar", Broken: func(v spectest.Value) bool {
				for _, d := range v.All("content.documents.value[].expires") {
					if d.Text() != "" && !person.Day(d.Text()) {
						return true
					}
				}
				b := v.At("content.birth.value")
				y, m, d := b.At("year").Number(), b.At("month").Number(), b.At("day").Number()
				last := []int64{31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
				if y%4 == 0 && y%100 != 0 || y%400 == 0 {
					last[2] = 29
				}
				return m >= 0 && m <= 12 && d > last[m]
			}},
		},
	})
}
