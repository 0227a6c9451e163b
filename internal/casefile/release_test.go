package casefile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// What the other side is shown is what was said: who she is to the proceedings, and what is a fact and what an opinion.
// Nothing is put into a category of its own accord, and what belongs to none does not pass the wall.
func TestSuspectsConvictedVictimsAndOthersAreToldApart(t *testing.T) {
	o := born(t)
	c, ana, mira, petar := o.open(), o.people["ana"], o.people["mira"], o.people["petar"]
	given, err := o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agreed(
		[]consent.Purpose{consent.ForCriminal}, []id.Address{toPolice}, "identity.names", "exploitation.summary")})
	o.must(err)
	items := []casefile.Item{
		{Kind: "opinion", From: "case worker", Text: "afraid of him"},
		{Kind: "fact", From: "case worker", Text: "seen on 3 May"},
		{Kind: "opinion", From: "case worker", Text: "seen on 3 May"}, // the same words, and another thing
	}
	order := casefile.Releasing{
		Case: c.ID, To: "prosecution", Order: "Demo court 17/2026", Categories: []consent.Code{"identity.names"},
		Category: "victim", Handling: "evidence-allowed", Items: items,
	}
	agreedTo := casefile.Releasing{Case: c.ID, To: "prosecution", Consent: given.ID, Category: "victim", Handling: "evidence-allowed", Items: items}
	both := map[string]func(category string, items []casefile.Item) (casefile.Release, error){
		"by order": func(category string, items []casefile.Item) (casefile.Release, error) {
			in := order
			in.Category, in.Items = category, items
			return o.cases.ByOrder(o.ctx, ana, in)
		},
		"by consent": func(category string, items []casefile.Item) (casefile.Release, error) {
			in := agreedTo
			in.Category, in.Items = category, items
			return o.cases.ByConsent(o.ctx, ana, in)
		},
	}

	want := map[id.Record]string{}
	for way, release := range both {
		for _, category := range []string{"", "unknown", "accused", "Suspect", "victims", "suspect, victim"} {
			_, err := release(category, items)
			o.refused(err, fault.Invalid, "case.field")
		}
		for _, kind := range []string{"", "hearsay", "Fact", "fact, opinion"} {
			spoilt := append([]casefile.Item{}, items...)
			spoilt[1].Kind = kind
			_, err := release("victim", spoilt)
			o.refused(err, fault.Invalid, "case.field")
		}
		for _, category := range []string{"suspect", "convicted", "victim", "witness", "other"} {
			r, err := release(category, items)
			o.must(err)
			if r.State == casefile.ReleaseProposed {
				_, err = o.cases.ApproveRelease(o.ctx, mira, r.ID)
				o.must(err)
			}
			want[r.ID] = category
			x, row, err := o.cases.ShowRelease(o.ctx, petar, r.ID)
			o.must(err)
			if x.Category != category || row.Category != category {
				t.Errorf("%s: released as %s, shown as %s and %s", way, category, x.Category, row.Category)
			}
			if d := cmp.Diff(items, x.Items); d != "" {
				t.Errorf("%s: other statements than were released:\n%s", way, d)
			}
		}
	}

	// The list and the file show the same, and of what was refused nothing is left.
	listed, err := o.cases.Releases(o.ctx, petar.Actor, "", 50)
	o.must(err)
	got := map[id.Record]string{}
	for _, l := range listed {
		got[l.ID] = l.Category
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("listed:\n%s", d)
	}
	f, err := o.cases.Show(o.ctx, petar, c.ID)
	o.must(err)
	got = map[id.Record]string{}
	for _, x := range f.Dossiers {
		got[x.Value.Release] = x.Value.Category
		if d := cmp.Diff(items, x.Value.Items); d != "" {
			t.Errorf("in the file:\n%s", d)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("in the file:\n%s", d)
	}
}
