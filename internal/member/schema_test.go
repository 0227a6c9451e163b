package member_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/spectest"
)

// lives is broken where expires is not later than created by at most life.
func lives(in string, life time.Duration) func(spectest.Value) bool {
	return func(v spectest.Value) bool {
		created, expires := v.At(in+".created").Number(), v.At(in+".expires").Number()
		return expires <= created || expires > created+life.Microseconds()
	}
}

// repeated is broken where a text stands twice in the places together.
func repeated(paths ...string) func(spectest.Value) bool {
	return func(v spectest.Value) bool {
		seen := map[string]bool{}
		for _, path := range paths {
			for _, x := range v.All(path) {
				if x.Text() != "" && seen[x.Text()] {
					return true
				}
				seen[x.Text()] = true
			}
		}
		return false
	}
}

// everyKey are the places of the keys of a roster.
func everyKey() []string {
	all := []string{"roster.root.keys[].key"}
	for _, use := range []string{"envelope", "checkpoint", "cosign", "control", "tls", "authority"} {
		all = append(all, "roster.members[].keys."+use+"[]")
	}
	return all
}

func TestSchemaOfRoster(t *testing.T) {
	small := first(t)
	small.Members, small.Root = small.Members[:2], roots(t, 1, "MD", "MK")
	one := signed(t, small, "MD", "MK")
	small.Version, small.Previous, small.Members = 2, hex.EncodeToString(seed("previous")), slices.Clone(small.Members)
	small.Members[0].Status, small.Members[0].Addresses = member.Suspended, []string{}
	two := signed(t, small, "MD")
	two.Handover = one.Signatures
	var texts [][]byte
	for _, s := range []member.Signed{one, two} {
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "roster", Texts: texts,
		Read: func(b []byte) error { _, err := member.ParseRoster(b); return err },
		Many: map[string]func(int) any{
			"roster.members[].addresses": func(int) any { return "https://mk.example" },
			"roster.members[].suites":    func(int) any { return "suite" },
		},
		Beyond: []spectest.Rule{
			{Page: "roster.md", Says: "at most 400 days apart", Broken: lives("roster", member.RosterLife)},
			{Page: "roster.md", Says: "one for each member that has one, in order", Broken: spectest.Unsorted("roster.root.keys", "member")},
			{Page: "roster.md", Says: "in order of identifier", Broken: spectest.Unsorted("roster.members", "member")},
			{Page: "roster.md", Says: "No key may occur twice, in whatever use, member or root set.", Broken: repeated(everyKey()...)},
			{Page: "roster.md", Says: "`threshold` MUST be more than half of the root keys.", Broken: func(v spectest.Value) bool {
				n, of := v.At("roster.root.threshold").Number(), int64(len(v.At("roster.root.keys").List()))
				return 2*n <= of || n > of
			}},
			{Page: "roster.md", Says: "Every root key belongs to a member of the roster.", Broken: func(v spectest.Value) bool {
				there := map[string]bool{}
				for _, m := range v.All("roster.members[].member") {
					there[m.Text()] = true
				}
				for _, m := range v.All("roster.root.keys[].member") {
					if !there[m.Text()] {
						return true
					}
				}
				return false
			}},
			{Page: "roster.md", Says: "in order of member, each once: `key`", Broken: func(v spectest.Value) bool {
				return spectest.Unsorted("signatures", "member")(v) || spectest.Unsorted("handover", "member")(v)
			}},
			{Page: "roster.md", Says: "spaces that are neither first nor last", Broken: func(v spectest.Value) bool {
				for _, n := range v.All("roster.members[].name") {
					if strings.TrimSpace(n.Text()) != n.Text() || strings.ContainsFunc(n.Text(), func(r rune) bool {
						return r != ' ' && !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S)
					}) {
						return true
					}
				}
				return false
			}},
		},
	})
}

func TestSchemaOfDeskSheet(t *testing.T) {
	s := sheet(t, 1, func(s *member.Sheet) {
		third := s.Desks[0]
		third.ID, third.Deputy, third.Intake = "other-desk", "focal-point", kem(t, "MK other-desk")
		s.Desks = []member.Desk{s.Desks[0], third, s.Desks[1]}
	}).Sheet
	var texts [][]byte
	for _, kind := range []desk.Kind{desk.AtNode, desk.Light, desk.Paper} {
		x := s
		x.Desks = append([]member.Desk(nil), s.Desks...)
		for i := range x.Desks {
			if x.Desks[i].Kind == desk.AtNode && kind != desk.AtNode {
				x.Desks[i].Kind, x.Desks[i].Intake = kind, seal.KEMPublic{}
			}
		}
		signed, err := x.Sign(signer(t, "MK authority"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := signed.Encode()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b)
	}
	for _, change := range []func(*member.Sheet){silent, func(s *member.Sheet) {
		s.Desks[0].Realm, s.Desks[0].Sector = access.Prosecution, profile.SectorJustice
		s.Desks[1].Sector = profile.SectorInternational
	}} {
		b, err := sheet(t, 1, change).Encode()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b)
	}
	spectest.Compare(t, spectest.Form{
		Schema: "desk-sheet", Texts: texts,
		Read: func(b []byte) error { _, err := member.ParseSheet(b); return err },
		Many: map[string]func(int) any{
			"sheet.desks[].competence": func(int) any { return "shelter" },
			"sheet.desks[].languages":  func(int) any { return "mk" },
		},
		Beyond: []spectest.Rule{
			{Page: "roster.md", Says: "at most 60 days apart", Broken: lives("sheet", member.SheetLife)},
			{Page: "roster.md", Says: "`desks` in order of identifier", Broken: spectest.Unsorted("sheet.desks", "desk")},
			{Page: "roster.md", Says: "exactly desks of kind `node` have one, no two the same", Broken: repeated("sheet.desks[].intake")},
			{Page: "roster.md", Says: "not after `created`", Broken: func(v spectest.Value) bool {
				for _, d := range v.All("sheet.desks[].verified_on") {
					if d.Number() > v.At("sheet.created").Number() {
						return true
					}
				}
				return false
			}},
			{Page: "roster.md", Says: "the desk of this sheet, another one, that answers when this one is silent", Broken: func(v spectest.Value) bool {
				there := map[string]bool{"": true}
				for _, d := range v.All("sheet.desks[].desk") {
					there[d.Text()] = true
				}
				for _, d := range v.All("sheet.desks[]") {
					if deputy := d.At("deputy").Text(); !there[deputy] || deputy != "" && deputy == d.At("desk").Text() {
						return true
					}
				}
				return false
			}},
		},
	})
}
