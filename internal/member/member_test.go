package member_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/seal"
)

const testTime = frame.Time(1772352000000000) // 2026-03-01T08:00:00Z

func seed(name string) []byte {
	sum := sha256.Sum256([]byte("opentrm test vector " + name))
	return sum[:]
}

func signer(t testing.TB, name string) seal.SignPrivate {
	t.Helper()
	k, err := seal.ParseSignPrivate(seed("sign " + name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func kem(t testing.TB, name string) seal.KEMPublic {
	t.Helper()
	k, err := seal.ParseKEMPrivate(seed("kem " + name))
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func line(t testing.TB, m id.Member) member.Member {
	t.Helper()
	key := func(use string) []seal.SignPublic { return []seal.SignPublic{signer(t, string(m)+" "+use).Public()} }
	return member.Member{
		ID: m, Name: "Република " + string(m), Kind: member.Country, Status: member.Active,
		Addresses: []string{"https://" + strings.ToLower(string(m)) + ".example"}, Suites: seal.Suites(),
		Keys: member.Keys{
			Envelope: key("envelope"), Checkpoint: key("checkpoint"), Cosign: key("cosign"), Authority: key("authority"),
			Control: []seal.KEMPublic{kem(t, string(m)+" control")}, TLS: []string{hex.EncodeToString(seed(string(m) + " tls"))},
		},
	}
}

func roots(t testing.TB, version int64, members ...id.Member) member.Root {
	t.Helper()
	r := member.Root{Version: version, Threshold: len(members)/2 + 1}
	for _, m := range members {
		r.Keys = append(r.Keys, member.RootKey{Member: m, Key: root(t, m, version).Public()})
	}
	return r
}

func root(t testing.TB, m id.Member, version int64) seal.SignPrivate {
	return signer(t, string(m)+" root "+string(rune('0'+version)))
}

func first(t testing.TB) member.Roster {
	t.Helper()
	r, err := member.Propose(nil, member.Roster{
		Network: "see", Members: []member.Member{line(t, "RS"), line(t, "MD"), line(t, "MK")}, Root: roots(t, 1, "MD", "MK", "RS"),
	}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signed signs r with the root keys of the members named, of the version of its own root set.
func signed(t testing.TB, r member.Roster, by ...id.Member) member.Signed {
	t.Helper()
	var sigs []member.RootSignature
	for _, m := range by {
		s, err := r.Sign(root(t, m, r.Root.Version))
		if err != nil {
			t.Fatal(err)
		}
		sigs = append(sigs, s)
	}
	return member.Assemble(r, sigs, nil)
}

// changed is a roster that brings a new root set, handed over by the members named.
func changed(t testing.TB, current member.Roster, change func(*member.Roster), by, over []id.Member) member.Signed {
	t.Helper()
	next := current
	next.Members = slices.Clone(current.Members)
	next.Root = roots(t, 2, "MD", "MK", "RS")
	if change != nil {
		change(&next)
	}
	r, err := member.Propose(&current, next, testTime.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	s := signed(t, r, by...)
	for _, m := range over {
		h, err := r.SignHandover(current.Root, root(t, m, 1))
		if err != nil {
			t.Fatal(err)
		}
		s.Handover = append(s.Handover, h)
	}
	return s
}

func successor(t testing.TB, current member.Roster, change func(*member.Roster)) member.Roster {
	t.Helper()
	next := current
	next.Members = slices.Clone(current.Members)
	next.Members[0].Name = "Renamed"
	if change != nil {
		change(&next)
	}
	r, err := member.Propose(&current, next, testTime.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func keyOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Key
	}
	return ""
}

func TestAccept(t *testing.T) {
	one := first(t)
	two := successor(t, one, nil)
	three := successor(t, two, nil)
	fork := successor(t, one, func(r *member.Roster) { r.Members[0].Name = "Another" })
	both := []id.Member{"MD", "MK"}
	tests := []struct {
		name    string
		current member.Roster
		next    member.Signed
		want    string // "" is accepted
	}{
		{"next", one, signed(t, two, "MD", "MK"), ""},
		{"a version is skipped", one, signed(t, three, "MK", "RS"), ""},
		{"older", two, signed(t, one, "MD", "MK"), "member.roster.older"},
		{"the same", one, signed(t, one, "MD", "MK"), "member.roster.same"},
		{"fork of the same version", two, signed(t, fork, "MD", "MK"), "member.roster.fork"},
		{"fork of the predecessor", fork, signed(t, three, "MD", "MK"), "member.roster.fork"},
		{"one signature of three", one, signed(t, two, "MD"), "member.roster.signatures"},
		{"one signature twice", one, twice(signed(t, two, "MD")), "member.roster.signatures"},
		{"a fork too weakly signed raises no alarm", two, signed(t, fork, "MD"), "member.roster.signatures"},
		{"another network", one, signed(t, network(t, two), "MD", "MK"), "member.roster.network"},
		{"new roots with both thresholds", one, changed(t, one, nil, both, both), ""},
		{"new roots without the old ones", one, changed(t, one, nil, both, nil), "member.root.handover"},
		{"new roots with one old one", one, changed(t, one, nil, both, both[:1]), "member.root.handover"},
		{"new roots with one new one", one, changed(t, one, nil, both[:1], both), "member.roster.signatures"},
		{"a handover that the old roots signed as a roster", one, crossed(t, one), "member.root.handover"},
		{"a handover without a change", one, needless(t, one, two), "member.roster.signatures"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := keyOf(member.Accept(tt.current, tt.next, testTime.Add(2*time.Hour))); got != tt.want {
				t.Fatalf("%q, want %q", got, tt.want)
			}
		})
	}
	if got := keyOf(member.Accept(one, signed(t, two, "MD", "MK"), testTime.Add(-48*time.Hour))); got != "member.roster.clock" {
		t.Fatalf("a roster from the day after tomorrow: %q", got)
	}
}

func twice(s member.Signed) member.Signed {
	again := s.Signatures[0]
	again.Member = "MK"
	s.Signatures = append(s.Signatures, again)
	return s
}

func network(t testing.TB, r member.Roster) member.Roster {
	t.Helper()
	r.Network = "other"
	return r
}

func crossed(t testing.TB, current member.Roster) member.Signed {
	s := changed(t, current, nil, []id.Member{"MD", "MK"}, nil)
	b, err := frame.Encode(s.Roster)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []id.Member{"MD", "MK"} {
		k := root(t, m, 1)
		s.Handover = append(s.Handover, member.RootSignature{Member: m, Key: k.Public().ID(), Signature: k.Sign(seal.DomainRoster, b)})
	}
	return s
}

func needless(t testing.TB, one, two member.Roster) member.Signed {
	s := signed(t, two, "MD", "MK")
	h, err := two.SignHandover(one.Root, root(t, "MD", 1))
	if err != nil {
		t.Fatal(err)
	}
	s.Handover = append(s.Handover, h)
	return s
}

func TestTrustNeedsTheFingerprintComparedInPerson(t *testing.T) {
	r := first(t)
	print, err := r.Root.Fingerprint(r.Network)
	if err != nil {
		t.Fatal(err)
	}
	if len(print) != 39 || strings.Count(print, "-") != 7 {
		t.Fatalf("%q", print)
	}
	s := signed(t, r, "MD", "MK")
	now := testTime.Add(time.Hour)
	for _, typed := range []string{print, strings.ToUpper(print), strings.ReplaceAll(print, "-", " "), strings.ReplaceAll(print, "0", "O")} {
		if err := member.Trust(s, typed, now); err != nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	wrong := []byte(print)
	wrong[len(wrong)-1] ^= 1
	if err := member.Trust(s, string(wrong), now); keyOf(err) != "member.root.fingerprint" {
		t.Errorf("wrong fingerprint: %v", err)
	}
	if err := member.Trust(signed(t, r, "MD"), print, now); keyOf(err) != "member.roster.signatures" {
		t.Errorf("too few signatures: %v", err)
	}
	other := r
	other.Root = roots(t, 1, "MD", "MK", "RS")
	other.Root.Threshold = 3
	if again, _ := other.Root.Fingerprint(r.Network); again == print {
		t.Error("another threshold has the same fingerprint")
	}
}

func TestRosterCheck(t *testing.T) {
	for name, change := range map[string]func(*member.Roster){
		"threshold":  func(r *member.Roster) { r.Root.Threshold = 1 },
		"previous":   func(r *member.Roster) { r.Previous = "00" },
		"expires":    func(r *member.Roster) { r.Expires = r.Created.Add(member.RosterLife) + 1 },
		"members":    func(r *member.Roster) { r.Members = append(slices.Clone(r.Members), r.Members[2]) },
		"envelope":   func(r *member.Roster) { r.Members[1].Keys.Envelope = r.Members[0].Keys.Envelope },
		"cosign":     func(r *member.Roster) { r.Members[1].Keys.Cosign = r.Members[1].Keys.Checkpoint },
		"authority":  func(r *member.Roster) { r.Members[0].Keys.Authority = []seal.SignPublic{r.Root.Keys[0].Key} },
		"control":    func(r *member.Roster) { r.Members[0].Keys.Control = nil },
		"addresses":  func(r *member.Roster) { r.Members[0].Addresses = []string{"http://al.example"} },
		"name":       func(r *member.Roster) { r.Members[0].Name = "A\u202eB" },
		"tls":        func(r *member.Roster) { r.Members[0].Keys.TLS = r.Members[1].Keys.TLS },
		"root":       func(r *member.Roster) { r.Root.Keys[0].Member = "AL" },
		"kind":       func(r *member.Roster) { r.Members[0].Kind = "empire" },
		"status":     func(r *member.Roster) { r.Members[0].Status = "" },
		"network":    func(r *member.Roster) { r.Network = "South East" },
		"version":    func(r *member.Roster) { r.Version = 0 },
		"suites":     func(r *member.Roster) { r.Members[0].Suites = nil },
		"checkpoint": func(r *member.Roster) { r.Members[0].Keys.Checkpoint = make([]seal.SignPublic, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			r := first(t)
			change(&r)
			err := r.Check()
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Kind != fault.Invalid || f.Args["field"] != name {
				t.Fatalf("%v %v", err, f)
			}
		})
	}
}

func TestStandingOfRosterAndSheet(t *testing.T) {
	r := first(t)
	for _, tt := range []struct {
		after time.Duration
		want  member.Standing
		leave bool
	}{
		{0, member.Valid, true},
		{member.RosterLife, member.Valid, true},
		{member.RosterLife + time.Hour, member.Grace, true},
		{member.RosterLife + member.RosterGrace + time.Hour, member.Lapsed, false},
	} {
		now := testTime.Add(tt.after)
		if got := r.Standing(now); got != tt.want || r.IdentityMayLeave(now) != tt.leave {
			t.Errorf("after %s: %s", tt.after, got)
		}
	}
	s := sheet(t, 1).Sheet
	if got := s.Standing(testTime.Add(member.SheetLife + member.SheetGrace + time.Hour)); got != member.Lapsed {
		t.Errorf("sheet: %s", got)
	}
	if s.Desks[0].Stale(testTime) || !s.Desks[0].Stale(testTime.Add(member.VerifiedWithin+time.Hour)) {
		t.Error("stale")
	}
}

func sheet(t testing.TB, version int64, change ...func(*member.Sheet)) member.SignedSheet {
	t.Helper()
	s := member.Sheet{
		Format: member.SheetFormat, Network: "see", Member: "MK", Version: version, Created: testTime, Expires: testTime.Add(member.SheetLife),
		Desks: []member.Desk{
			{
				ID: "focal-point", Kind: desk.AtNode, Realm: access.Assistance, Sector: profile.SectorAuthority, Function: "desk.function.focal-point",
				Competence: []string{"referral"}, Languages: []string{"mk", "sq", "en"}, Intake: kem(t, "MK focal-point"),
				Duty: member.Contact{Function: "desk.function.duty-officer", Phone: "+38970000000"}, Deputy: "shelter-intake",
				VerifiedOn: testTime, Capacity: "unknown",
			},
			{
				ID: "shelter-intake", Kind: desk.Paper, Realm: access.Assistance, Sector: profile.SectorService, Function: "desk.function.shelter-intake",
				Competence: []string{}, Languages: []string{"mk"}, VerifiedOn: testTime, Capacity: "limited",
			},
		},
	}
	for _, c := range change {
		c(&s)
	}
	signed, err := s.Sign(signer(t, "MK authority"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// silent makes the sheet one of a program that knew no sectors.
func silent(s *member.Sheet) {
	s.Format = 1
	for i := range s.Desks {
		s.Desks[i].Sector = ""
	}
}

// TestASheetWithoutSectorsSaysWhatItSaid: the desks of a sheet of an earlier program are what they were taken for when it was
// signed, and nothing else; a sheet that says sectors leaves none out.
func TestASheetWithoutSectorsSaysWhatItSaid(t *testing.T) {
	old := sheet(t, 1, silent, func(s *member.Sheet) { s.Desks[1].Realm = access.Prosecution }).Sheet
	b, err := frame.Encode(old)
	if err != nil || strings.Contains(string(b), "sector") {
		t.Errorf("%v: %s", err, b)
	}
	for i, want := range []profile.Sector{profile.SectorAuthority, profile.SectorJustice} {
		if got := old.Desks[i].Body(); got != want {
			t.Errorf("%s is of the sector %q, want %q", old.Desks[i].ID, got, want)
		}
	}
	if d := sheet(t, 1).Sheet.Desks[1]; d.Body() != profile.SectorService {
		t.Errorf("what the sheet says counts for nothing: %s", d.Body())
	}
	if got := (member.Desk{}).Body(); got != "" {
		t.Errorf("a desk of no realm is of the sector %q", got)
	}
	half := sheet(t, 1, silent).Sheet
	half.Desks[0].Sector = profile.SectorService
	if err := half.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sheet of version 1 with a sector: %v", err)
	}
}

func TestAcceptSheet(t *testing.T) {
	r, now := first(t), testTime.Add(time.Hour)
	one, two := sheet(t, 1), sheet(t, 2)
	forged := two
	forged.Signature = one.Signature
	stranger, err := sheet(t, 2, func(s *member.Sheet) { s.Member = "MD" }).Sheet.Sign(signer(t, "MK authority"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		current, next member.SignedSheet
		want          string
	}{
		{"first", member.SignedSheet{}, one, ""},
		{"next", one, two, ""},
		{"older", two, one, "member.sheet.older"},
		{"of a program that knew no sectors", member.SignedSheet{}, sheet(t, 1, silent), ""},
		{"the first with sectors", sheet(t, 1, silent), two, ""},
		{"sectors taken back", one, sheet(t, 2, silent), "member.sheet.older"},
		{"same", two, two, "member.sheet.same"},
		{"fork", two, sheet(t, 2, func(s *member.Sheet) { s.Desks[1].Capacity = "full" }), "member.sheet.fork"},
		{"signature of another", one, forged, "member.sheet.signature"},
		{"signed by another member's authority", one, stranger, "member.sheet.signature"},
		{"another network", one, sheet(t, 2, func(s *member.Sheet) { s.Network = "other" }), "member.sheet.signature"},
		{"unknown member", one, sheet(t, 2, func(s *member.Sheet) { s.Member = "XX" }), "member.unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := keyOf(member.AcceptSheet(tt.current, tt.next, r, now)); got != tt.want {
				t.Fatalf("%q, want %q", got, tt.want)
			}
		})
	}
	for name, change := range map[string]func(*member.Desk){
		"intake":   func(d *member.Desk) { d.Intake = seal.KEMPublic{} },
		"kind":     func(d *member.Desk) { d.Kind = desk.Light },
		"realm":    func(d *member.Desk) { d.Realm = "press" },
		"deputy":   func(d *member.Desk) { d.Deputy = "nobody" },
		"sector":   func(d *member.Desk) { d.Sector = "press" },
		"none":     func(d *member.Desk) { d.Sector = "" },
		"justice":  func(d *member.Desk) { d.Sector = profile.SectorJustice },
		"wall":     func(d *member.Desk) { d.Realm = access.Prosecution },
		"duty":     func(d *member.Desk) { d.Duty = member.Contact{Phone: "070 000"} },
		"capacity": func(d *member.Desk) { d.Capacity = "" },
		"function": func(d *member.Desk) { d.Function = "Ana Anić" },
		"verified": func(d *member.Desk) { d.VerifiedOn = testTime + 1 },
	} {
		s := sheet(t, 1).Sheet
		change(&s.Desks[0])
		if err := s.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnyThresholdWillDo signs with random subsets: exactly those of the threshold and more are accepted.
func TestAnyThresholdWillDo(t *testing.T) {
	one := first(t)
	two := successor(t, one, nil)
	rapid.Check(t, func(rt *rapid.T) {
		by := rapid.SliceOfNDistinct(rapid.SampledFrom([]id.Member{"MD", "MK", "RS"}), 0, 3, rapid.ID[id.Member]).Draw(rt, "by")
		err := member.Accept(one, signed(t, two, by...), testTime.Add(2*time.Hour))
		if (len(by) >= 2) != (err == nil) {
			rt.Fatalf("%v: %v", by, err)
		}
	})
}

func FuzzRoster(f *testing.F) {
	b, err := signed(f, first(f), "MD", "MK").Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"handover":[],"roster":{},"signatures":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := member.ParseRoster(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || string(again) != string(b) {
			t.Fatalf("another form when written again: %v", err)
		}
	})
}

func FuzzSheet(f *testing.F) {
	b, err := sheet(f, 1).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := member.ParseSheet(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || string(again) != string(b) {
			t.Fatalf("another form when written again: %v", err)
		}
	})
}
