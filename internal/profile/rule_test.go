package profile_test

import (
	"errors"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/profile"
)

const (
	authority = profile.SectorAuthority
	service   = profile.SectorService
	justice   = profile.SectorJustice
	io        = profile.SectorInternational
)

func load(t testing.TB) profile.Set {
	t.Helper()
	s, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func demo(t testing.TB) profile.Set {
	return profile.Fictitious(load(t), "demo-administrator", "2026-11-23")
}

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return err.Error()
}

// TestRuleInAllDirections goes through the matrix of legal bases (docs/sources.md, domain 9.2) cell by cell, on a copy confirmed for a demonstration.
func TestRuleInAllDirections(t *testing.T) {
	s := demo(t)
	for _, c := range []struct {
		from       id.Member
		fromSector profile.Sector
		to         id.Member
		toSector   profile.Sector
		kind       string
		basis      string
		want       string // key of the refusal; "" if permitted
	}{
		{"BG", authority, "RO", authority, "referral", "national-law", ""},
		{"BG", authority, "RO", service, "referral", "national-law", ""},
		{"BG", authority, "RO", authority, "referral", "consent", "profile.rule.basis"},
		{"BG", service, "RO", service, "referral", "consent", ""},
		{"BG", service, "RO", authority, "referral", "contract", ""},
		{"BG", service, "RO", service, "referral", "national-law", "profile.rule.basis"},

		{"RO", authority, "MD", authority, "referral", "instrument", ""},
		{"RO", authority, "MD", authority, "referral", "arrangement", ""},
		{"RO", authority, "MD", service, "referral", "public-interest", ""},
		{"RO", authority, "MD", authority, "referral", "legal-claims", ""},
		{"RO", authority, "MD", authority, "referral", "vital-interests", ""},
		{"RO", authority, "MD", authority, "referral", "consent", "profile.rule.gdpr-49-3"},
		{"RO", authority, "MD", service, "referral", "explicit-consent", "profile.rule.gdpr-49-3"},
		{"RO", authority, "MD", service, "return", "contract", "profile.rule.gdpr-49-3"},
		{"RO", service, "MD", authority, "referral", "explicit-consent", ""},
		{"RO", service, "MD", service, "referral", "safeguards", ""},
		{"RO", service, "MD", service, "referral", "national-law", "profile.rule.basis"},

		{"MD", authority, "RO", authority, "referral", "national-law", ""},
		{"MD", service, "RO", service, "referral", "national-law", ""},
		{"MD", service, "RO", service, "referral", "consent", "profile.rule.basis"},

		{"MD", authority, "MK", authority, "referral", "national-law", ""},
		{"MD", authority, "MK", service, "referral", "cets-197-11", ""},
		{"MD", service, "MK", service, "referral", "protocol", ""},
		{"MD", service, "MK", service, "referral", "instrument", "profile.rule.basis"},
		{"XK", authority, "AL", authority, "referral", "national-law", ""},

		{"SI", authority, "RS", io, "referral", "data-sharing-agreement", ""},
		{"SI", authority, "RS", io, "referral", "consent", "profile.rule.gdpr-49-3"},
		{"SI", service, "RS", io, "referral", "data-sharing-agreement", "profile.rule.empty"},
		{"RS", authority, "SI", io, "referral", "data-sharing-agreement", ""},
		{"RS", service, "SI", io, "referral", "consent", "profile.rule.empty"},
		{"RS", io, "SI", authority, "referral", "national-law", "profile.rule.empty"},

		{"HR", justice, "SI", justice, "cooperation", "led-transfer", ""},
		{"HR", justice, "BA", justice, "cooperation", "led-transfer", ""},
		{"BA", justice, "HR", justice, "cooperation", "mla-treaty", ""},
		{"BA", justice, "HR", justice, "cooperation", "led-transfer", "profile.rule.basis"},
		{"BA", justice, "RS", justice, "cooperation", "mla-treaty", ""},
		{"BA", justice, "RS", service, "cooperation", "mla-treaty", "profile.rule.empty"},
		{"BA", justice, "RS", justice, "referral", "mla-treaty", "profile.rule.empty"},
		{"BA", service, "RS", justice, "referral", "national-law", "profile.rule.empty"},

		{"MK", service, "MK", authority, "referral", "consent", ""},
		{"MK", service, "MK", justice, "referral", "order", ""},
		{"MK", service, "MK", justice, "referral", "contract", "profile.rule.basis"},

		{"MK", service, "MD", service, "gossip", "protocol", "profile.rule.empty"},
		{"MK", service, "MD", service, "referral", "", "profile.rule.basis"},
		{"MK", service, "ZZ", service, "referral", "protocol", "profile.member"},
	} {
		tr := profile.Transfer{From: c.from, FromSector: c.fromSector, To: c.to, ToSector: c.toSector, Kind: c.kind, Basis: c.basis}
		row, err := profile.Rule(s, tr)
		if got := keyOf(err); got != c.want {
			t.Errorf("%s %s -> %s %s, %s on %q: got %q (row %q), want %q", c.from, c.fromSector, c.to, c.toSector, c.kind, c.basis, got, row.Key, c.want)
		}
		if c.want != "" && c.want != "profile.member" && !fault.Is(err, fault.Denied) {
			t.Errorf("%v is refused as %v, want denied", tr, fault.KindOf(err))
		}
	}
}

// TestUnverifiedRowsStayClosed: as shipped, nothing crosses a border, whatever the sectors and the basis.
func TestUnverifiedRowsStayClosed(t *testing.T) {
	s := load(t)
	sectors := []profile.Sector{authority, service, justice, io}
	for _, from := range s.Members() {
		for _, to := range s.Members() {
			for _, fs := range sectors {
				for _, ts := range sectors {
					for _, kind := range []string{"referral", "return", "message", "cooperation"} {
						tr := profile.Transfer{From: from, FromSector: fs, To: to, ToSector: ts, Kind: kind}
						row, err := profile.Row(s, tr)
						if err != nil {
							if keyOf(err) != "profile.rule.empty" {
								t.Errorf("%v: %v", tr, err)
							}
							continue
						}
						for _, tr.Basis = range row.Bases {
							if _, err := profile.Rule(s, tr); keyOf(err) != "profile.rule.unverified" {
								t.Fatalf("%v was not refused as unverified but as %q", tr, keyOf(err))
							}
						}
					}
				}
			}
		}
	}
}

// TestConfirmingOpensExactlyOneRow confirms, one by one, what a refusal names, and nothing else opens.
func TestConfirmingOpensExactlyOneRow(t *testing.T) {
	s := load(t)
	want := profile.Transfer{From: "MD", FromSector: authority, To: "MK", ToSector: service, Kind: "referral", Basis: "cets-197-11"}
	items, err := profile.Unconfirmed(s, want, []string{want.Basis})
	if err != nil || len(items) != 4 { // two flags, the row, the basis
		t.Fatalf("to confirm: %v, %v", items, err)
	}
	for _, key := range items {
		if _, err := profile.Rule(s, want); keyOf(err) != "profile.rule.unverified" {
			t.Fatalf("before %s was confirmed: %v", key, err)
		}
		if s, _, err = profile.Confirm(s, key, "jana", "2026-11-23"); err != nil {
			t.Fatal(err)
		}
	}
	row, err := profile.Rule(s, want)
	if err != nil || !row.NeedsConsent || row.Origin.ConfirmedBy != "jana" || row.Origin.ConfirmedOn != "2026-11-23" {
		t.Fatalf("after everything was confirmed: %+v, %v", row, err)
	}
	other := want
	other.Basis = "protocol"
	if _, err := profile.Rule(s, other); keyOf(err) != "profile.rule.unverified" {
		t.Errorf("another basis opened too: %v", err)
	}
	back := want
	back.From, back.To, back.ToSector, back.FromSector = "MK", "MD", authority, service
	if _, err := profile.Rule(s, back); keyOf(err) != "profile.rule.unverified" {
		t.Errorf("another row opened too: %v", err)
	}
}

// TestRefusalHoldsUnverified: a prohibition needs no confirmation.
func TestRefusalHoldsUnverified(t *testing.T) {
	_, err := profile.Rule(load(t), profile.Transfer{From: "RO", FromSector: authority, To: "MD", ToSector: authority, Kind: "referral", Basis: "consent"})
	if keyOf(err) != "profile.rule.gdpr-49-3" {
		t.Errorf("consent as the only basis of an authority of the Union to a third country: %v", err)
	}
}
