package relation_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/relation"
	"github.com/opentrm/opentrm/internal/store"
)

// tie links two cases, and fails the test if that fails.
func (o *shelter) tie(a, b casefile.Case, kind string) relation.Linked {
	o.t.Helper()
	l, err := o.ties.Tie(o.ctx, o.people["ana"], a.ID, relation.New{Other: string(b.Reference), Kind: kind, Since: "2025-06-01", Reason: "DEMO: told by both"})
	o.must(err)
	o.later()
	return l
}

// of opens the links of a case.
func (o *shelter) of(who string, c casefile.Case) relation.File {
	o.t.Helper()
	f, err := o.ties.Of(o.ctx, o.people[who], c.ID)
	o.must(err)
	return f
}

// The story of a link: made from one case, seen from both, ended with a reason, and still in both files.
func TestALinkIsSeenFromBothCases(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	mother, child, friend := o.open("ana"), o.open("ana"), o.open("ana")
	l := o.tie(mother, child, "child")
	o.tie(friend, mother, "co-victim")
	if f := o.of("ana", mother); len(f.Links) != 2 || f.Links[0].Kind.Code != "child" || f.Links[0].Case != child.ID || f.Links[1].Reference != friend.Reference {
		t.Errorf("%+v", f.Links)
	}
	back := o.of("ana", child)
	if len(back.Links) != 1 || back.Links[0].Kind.Code != "parent" || back.Links[0].Reference != mother.Reference || back.Links[0].Link.By != "ana" || back.Warns() {
		t.Errorf("%+v", back.Links)
	}
	for name, n := range map[string]relation.New{
		"no such kind": {Other: string(friend.Reference), Kind: "owner", Reason: "x"},
		"no reason":    {Other: string(friend.Reference), Kind: "sibling"},
		"no day":       {Other: string(friend.Reference), Kind: "sibling", Since: "long", Reason: "x"},
		"with herself": {Other: string(child.Reference), Kind: "sibling", Reason: "x"},
		"with nobody":  {Other: "nobody", Kind: "sibling", Reason: "x"},
	} {
		if _, err := o.ties.Tie(o.ctx, ana, child.ID, n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := o.ties.Tie(o.ctx, ana, child.ID, relation.New{Other: string(mother.Reference), Kind: "other", Reason: "x"})
	o.refused(err, fault.Conflict, "relation.already")

	// Her family is involved, says the newest assessment of her own file: whoever looks is warned there, and only while they belong together.
	_, err = o.cases.Assess(o.ctx, ana, child.ID, casefile.Assessment{
		Trigger: "change", Factors: []casefile.Factor{{Code: "family-involved", Found: "yes"}}, Grades: map[string]casefile.Grade{"family": casefile.High},
		Conclusion: "DEMO", Review: frame.At(o.now.AddDate(0, 0, 14)),
	})
	o.must(err)
	if !o.of("ana", child).Warns() || o.of("ana", mother).Warns() {
		t.Error("the warning stands in the wrong file")
	}

	_, err = o.ties.Untie(o.ctx, ana, child.ID, l.ID, l.Version, "2026-12-01", "whim", "")
	o.refused(err, fault.Invalid, "relation.field")
	_, err = o.ties.Untie(o.ctx, ana, child.ID, l.ID, l.Version+1, "2026-12-01", "unsafe", "")
	o.refused(err, fault.Stale, "")
	_, err = o.ties.Untie(o.ctx, ana, friend.ID, l.ID, l.Version, "2026-12-01", "unsafe", "")
	o.refused(err, fault.NotFound, "") // it is no link of hers
	ended, err := o.ties.Untie(o.ctx, ana, child.ID, l.ID, l.Version, "2026-12-01", "unsafe", "DEMO: he asked where she is")
	o.must(err)
	for _, c := range []casefile.Case{mother, child} {
		found := false
		for _, x := range o.of("ana", c).Links {
			found = found || x.ID == l.ID && x.Link.Why == "unsafe" && x.Link.Reason == "DEMO: told by both" && x.Link.EndedBy == "ana"
		}
		if !found {
			t.Errorf("the end of the link is not in the file %s", c.Reference)
		}
	}
	if o.of("ana", child).Warns() {
		t.Error("a link that was ended warns")
	}
	_, err = o.ties.Untie(o.ctx, ana, mother.ID, l.ID, ended.Version, "2026-12-02", "unsafe", "")
	o.refused(err, fault.Conflict, "relation.ended")
	o.tie(child, mother, "parent") // once more
}

// TestWhoMayNotOpenBothLearnsNothing: a link to a case that she may not open does not exist for her, and what she is told of it is what
// she is told of a reference that nobody has.
func TestWhoMayNotOpenBothLearnsNothing(t *testing.T) {
	o := born(t)
	hers, other, elsewhere := o.open("fana"), o.open("ana"), o.open("clara")
	l := o.tie(hers, other, "sibling")
	if f := o.of("fana", hers); len(f.Links) != 0 || f.Warns() {
		t.Errorf("the first responder learns of %+v", f.Links)
	}
	if f := o.of("ana", hers); len(f.Links) != 1 {
		t.Errorf("%+v", f.Links)
	}
	_, hidden := o.ties.Tie(o.ctx, o.people["ana"], other.ID, relation.New{Other: string(elsewhere.Reference), Kind: "sibling", Reason: "x"})
	_, missing := o.ties.Tie(o.ctx, o.people["ana"], other.ID, relation.New{Other: string(id.NewReference(id.Maker{})), Kind: "sibling", Reason: "x"})
	o.refused(hidden, fault.Invalid, "relation.other")
	if hidden.Error() != missing.Error() {
		t.Errorf("%v is not %v", hidden, missing)
	}
	for _, who := range []string{"clara", "boris", "petar", "erna"} {
		_, err := o.ties.Of(o.ctx, o.people[who], hers.ID)
		o.refused(err, fault.Hidden, "")
		_, err = o.ties.Untie(o.ctx, o.people[who], hers.ID, l.ID, l.Version, "2026-12-01", "unsafe", "")
		o.refused(err, fault.Hidden, "")
	}
	_, err := o.ties.Tie(o.ctx, o.people["fana"], hers.ID, relation.New{Other: string(other.Reference), Kind: "sibling", Reason: "x"})
	o.refused(err, fault.Denied, "")

	// Under break-glass one case is open, and so is no link.
	from := frame.At(o.now)
	o.must(store.Writer[desk.Tx](o.db)(o.ctx, audit.Did(access.Console("MK"), access.DutyDesk, "emergency"), func(tx desk.Tx) error {
		return tx.SetShifts(o.ctx, "emergency", from, []desk.Shift{{Desk: "emergency", User: "erna", From: from, To: from.Add(time.Hour)}})
	}))
	for _, c := range []casefile.Case{hers, other} {
		_, err := o.cases.EmergencyOpen(o.ctx, o.people["erna"], c.ID, "missing-person", "DEMO: she has not come home")
		o.must(err)
		if f := o.of("erna", c); len(f.Links) != 0 {
			t.Errorf("on emergency duty: %+v", f.Links)
		}
	}

	// The prosecution has no links, of its own files neither.
	file := o.open("petar")
	_, err = o.ties.Tie(o.ctx, o.people["petar"], file.ID, relation.New{Other: string(hers.Reference), Kind: "co-victim", Reason: "x"})
	o.refused(err, fault.Denied, "")
	_, err = o.ties.Tie(o.ctx, o.people["ana"], hers.ID, relation.New{Other: string(file.Reference), Kind: "co-victim", Reason: "x"})
	o.refused(err, fault.Invalid, "relation.other")
	if f := o.of("petar", file); len(f.Links) != 0 {
		t.Errorf("%+v", f.Links)
	}
}

// TestAThiefCannotTellWhoIsLinked: nothing in the whole database names the other case when a link is made, ended or read, the log
// included; and no two links show that they are about the same case.
func TestAThiefCannotTellWhoIsLinked(t *testing.T) {
	o := born(t)
	a, b, c := o.open("ana"), o.open("ana"), o.open("ana")
	stolen := func() []byte {
		t.Helper()
		var content, keys bytes.Buffer
		o.must(o.db.Dump(o.ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		return append(content.Bytes(), keys.Bytes()...)
	}
	count := func(of casefile.Case) int {
		all := stolen()
		return bytes.Count(all, []byte(of.ID)) + bytes.Count(all, []byte(of.Reference)) + bytes.Count(all, []byte(of.Person))
	}
	before, named := count(b), count(a)
	l := o.tie(a, b, "sibling")
	o.tie(a, c, "co-victim")
	o.of("ana", a)
	_, err := o.ties.Untie(o.ctx, o.people["ana"], a.ID, l.ID, l.Version, "2026-12-01", "unsafe", "DEMO")
	o.must(err)
	if after := count(b); after != before {
		t.Errorf("the database names the other case %d times more", after-before)
	}
	if count(a) == named {
		t.Error("what was stolen has no log: it names the case from whose file the link was made")
	}
	all := stolen()
	for _, word := range []string{"sibling", "co-victim", "DEMO", "unsafe"} {
		if bytes.Contains(all, []byte(word)) {
			t.Errorf("the database says %q", word)
		}
	}
	// The two rows are about a, and have no name in common.
	names := map[string]bool{}
	o.must(store.Reader[relation.Tx](o.db)(o.ctx, func(tx relation.Tx) error {
		k, _, err := o.cases.BesideIn(o.ctx, tx, o.people["ana"], "case.read", a.ID)
		o.must(err)
		key, err := k.LinkKey()
		o.must(err)
		for n := range 3 {
			r, err := tx.CaseLinkCalled(o.ctx, relation.NameOf(key, n))
			if n == 2 {
				o.refused(err, fault.NotFound, "")
				break
			}
			o.must(err)
			if bytes.Compare(r.Ends[0].Name, r.Ends[1].Name) >= 0 {
				t.Error("the order of the ends tells from which case the link was made")
			}
			for _, e := range r.Ends {
				if names[string(e.Name)] {
					t.Error("two links have a name in common")
				}
				names[string(e.Name)] = true
			}
		}
		return nil
	}))
}

// TestLinksFollowTheKeysOfACase: new keys of either case leave them readable, and erasing one makes them unreadable from the other.
func TestLinksFollowTheKeysOfACase(t *testing.T) {
	o := born(t)
	ana := o.people["ana"]
	a, b, c := o.open("ana"), o.open("ana"), o.open("ana")
	o.tie(a, b, "sibling")
	o.tie(c, a, "partner")
	for _, x := range []casefile.Case{a, b, a} {
		for left := 1; left > 0; {
			var err error
			left, err = o.cases.Rekey(o.ctx, ana, x.ID, 100)
			o.must(err)
		}
	}
	if f := o.of("ana", a); len(f.Links) != 2 || f.Links[0].Case != b.ID || f.Links[1].Case != c.ID {
		t.Errorf("%+v", f.Links)
	}
	if f := o.of("ana", b); len(f.Links) != 1 || f.Links[0].Case != a.ID {
		t.Errorf("%+v", f.Links)
	}
	o.tie(b, c, "other") // and there is room for more
	row, err := o.cases.Close(o.ctx, ana, b.ID, b.Version, casefile.Closure{Reason: "duplicate", Date: "2026-12-01", Action: "erase"})
	o.must(err)
	if f := o.of("ana", a); len(f.Links) != 2 {
		t.Errorf("a link to a closed case is not there: %+v", f.Links)
	}
	o.must(o.cases.Erase(o.ctx, ana.Actor, row.ID))
	if f := o.of("ana", a); len(f.Links) != 1 || f.Links[0].Case != c.ID {
		t.Errorf("%+v", f.Links)
	}
}

// TestKindsLeadBack tries what the data must not be, and holds every code against the catalogue of the screens.
func TestKindsLeadBack(t *testing.T) {
	good, err := os.ReadFile("data/relation.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a kind that leads nowhere":   {`"back": "child"`, `"back": "son"`},
		"a kind that leads elsewhere": {`"back": "child"`, `"back": "sibling"`},
		"of a family on one side":     {`"back": "child", "family": true`, `"back": "child", "family": false`},
		"no source":                   {`"source": "proposed`, `"source": "", "x": "`},
		"no limit":                    {`"most": 60`, `"most": 0`},
		"no ends":                     {`["no-longer", "unsafe", "person-asked", "entered-in-error"]`, `[]`},
		"another form":                {`relation-data/1`, `relation-data/2`},
	} {
		if _, err := relation.ParseData([]byte(strings.Replace(string(good), change[0], change[1], 1))); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := relation.ParseData(good)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	for prefix, codes := range map[string][]string{"relation.kind.": d.Codes(), "relation.end.": d.Ends} {
		for _, code := range codes {
			if !texts.Has(prefix + code) {
				t.Errorf("%s%s has no words", prefix, code)
			}
		}
	}
}
